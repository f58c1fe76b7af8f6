import type { Clock } from '@seamark/common/controller';
import { type EtcdServer, etcdRequirement, eventually, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEtcdStore } from './create-etcd-store.ts';
import { post } from './testing/etcd-admin.ts';

/** A clock that stands still until it is moved; the wall clock is a lie. */
function createManualClock(): Clock & { advance(ms: number): void; wall: number } {
  let now = 1_000;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    wall: 0,
    monotonicMs: () => now,
    wallMs() {
      return this.wall;
    },
    schedule(delayMs, callback) {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(ms) {
      now += ms;
      for (const timer of [...timers].toSorted((a, b) => a.at - b.at)) {
        if (timer.at > now || !timers.delete(timer)) continue;
        timer.callback();
      }
    },
  };
}

describe.skipIf(unmet('etcd leases', etcdRequirement()))('a lease of the etcd store', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd[Symbol.asyncDispose]());

  test('is lost exactly its TTL after the last confirmed renewal was sent, whatever the wall clock does', async () => {
    const clock = createManualClock();
    const store = createEtcdStore({ endpoints: [etcd.endpoint], clock });
    try {
      const lease = await store.grantLease(60);
      process.kill(etcd.pid, 'SIGSTOP');
      try {
        clock.wall += 3_600_000;
        clock.advance(59_999);
        expect(lease.lost.aborted).toBe(false);
        clock.advance(1);
        expect(lease.lost.aborted).toBe(true);
      } finally {
        process.kill(etcd.pid, 'SIGCONT');
      }
    } finally {
      await store.close();
    }
  });

  test('is renewed at a third of its TTL, and counts from then', async () => {
    const clock = createManualClock();
    const store = createEtcdStore({ endpoints: [etcd.endpoint], clock });
    try {
      const lease = await store.grantLease(600);
      const left = async (): Promise<number> => Number((await post(etcd.endpoint, '/v3/lease/timetolive', { ID: lease.id }))['TTL']);
      await eventually(async () => expect(await left()).toBeLessThan(599), { timeoutMs: 5_000 });
      clock.advance(200_000);
      await eventually(async () => expect(await left()).toBe(599));
      // etcd has renewed it; its answer has yet to reach the client.
      await new Promise((resolve) => setTimeout(resolve, 250));
      clock.advance(200_001);
      clock.advance(200_001);
      expect(lease.lost.aborted).toBe(false);
      await lease.revoke();
    } finally {
      await store.close();
    }
  });

  test('that somebody else revokes is lost with the next renewal', async () => {
    const clock = createManualClock();
    const store = createEtcdStore({ endpoints: [etcd.endpoint], clock });
    try {
      const lease = await store.grantLease(60);
      await post(etcd.endpoint, '/v3/lease/revoke', { ID: lease.id });
      clock.advance(20_000);
      await eventually(() => expect(lease.lost.aborted).toBe(true));
      await lease.revoke();
    } finally {
      await store.close();
    }
  });
});
