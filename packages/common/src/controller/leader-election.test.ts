import { createSteppedClock, type SteppedClock, temporaryFolder } from '@seamark/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/index.ts';
import { createManifestsCluster } from '../cluster/manifests/index.ts';
import { SeamarkError } from '../errors/index.ts';
import { silentLogger } from '../observability/create-logger.ts';
import { createReasonStream } from '../reasons/index.ts';
import { createLeaderElection } from './leader-election.ts';
import type { Leadership } from './leadership.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function startCluster(): Promise<Cluster> {
  const folder = temporaryFolder('election');
  const stop = new AbortController();
  const cluster = createManifestsCluster({ paths: [folder.path], reasons: createReasonStream() });
  await cluster.start(stop.signal);
  cleanups.push(() => {
    stop.abort();
    folder[Symbol.dispose]();
  });
  return cluster;
}

/** One process that takes part: what it sees of its own leadership, and ways to break it. */
function candidate(cluster: Cluster, clock: SteppedClock, identity: string) {
  let reachable = true;
  const terms: Leadership[] = [];
  const guarded = new Proxy(cluster, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function' || !['get', 'create', 'replace'].includes(String(property))) return value;
      return async (...args: unknown[]) => {
        if (!reachable) throw new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'no route to the API server');
        return (value as (...rest: unknown[]) => Promise<unknown>).apply(target, args);
      };
    },
  });
  const stop = new AbortController();
  const election = createLeaderElection({
    cluster: guarded,
    namespace: 'kube-system',
    name: 'writer',
    identity,
    logger: silentLogger,
    clock,
    random: () => 0.5,
  });
  const ended = election.run(async (leadership) => {
    terms.push(leadership);
    await new Promise<void>((resolve) => leadership.signal.addEventListener('abort', () => resolve(), { once: true }));
  }, stop.signal);
  return {
    terms,
    leads: () => terms.at(-1)?.signal.aborted === false,
    disconnect: () => {
      reachable = false;
    },
    stop: async () => {
      stop.abort();
      await settle(clock, 0);
      await ended;
    },
  };
}

/** Moves time in small steps and lets real I/O of the cluster happen in between. */
async function settle(clock: SteppedClock, ms: number): Promise<void> {
  for (let step = 0; step <= ms; step += 500) {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(ms === 0 ? 0 : 500);
  }
}

describe('leader election', () => {
  it('has one leader at a time, and the next one follows a release at once', async () => {
    const cluster = await startCluster();
    const clock = createSteppedClock();
    const first = candidate(cluster, clock, 'first');
    await settle(clock, 0);
    const second = candidate(cluster, clock, 'second');
    await settle(clock, 60_000);
    expect([first.leads(), second.leads()]).toEqual([true, false]);
    await first.stop();
    await settle(clock, 3_000);
    expect(second.leads()).toBe(true);
    expect(second.terms[0]?.token).toBeGreaterThan(first.terms[0]?.token ?? 0);
    await second.stop();
  });

  it('ends its own authority before another can take the lease of a leader that cannot renew', async () => {
    const cluster = await startCluster();
    const clock = createSteppedClock();
    const first = candidate(cluster, clock, 'first');
    await settle(clock, 0);
    const second = candidate(cluster, clock, 'second');
    await settle(clock, 5_000);
    first.disconnect();
    let endedAtMs = 0;
    first.terms[0]?.signal.addEventListener('abort', () => {
      endedAtMs = clock.monotonicMs();
    });
    let tookOverAtMs = 0;
    for (let step = 0; step < 60 && tookOverAtMs === 0; step++) {
      await settle(clock, 500);
      expect(first.leads() && second.leads()).toBe(false);
      if (second.leads()) tookOverAtMs = clock.monotonicMs();
    }
    expect(endedAtMs).toBeGreaterThan(0);
    expect(tookOverAtMs).toBeGreaterThan(endedAtMs);
    await first.stop();
    await second.stop();
  });

  it('is not moved by a wall clock that steps by an hour, in either direction', async () => {
    const cluster = await startCluster();
    const clock = createSteppedClock();
    const first = candidate(cluster, clock, 'first');
    await settle(clock, 0);
    const second = candidate(cluster, clock, 'second');
    for (const hours of [1, -2, 1]) {
      clock.stepWall(hours * 3_600_000);
      await settle(clock, 20_000);
      expect([first.leads(), second.leads()]).toEqual([true, false]);
    }
    expect(first.terms).toHaveLength(1);
    await first.stop();
    await second.stop();
  });
});
