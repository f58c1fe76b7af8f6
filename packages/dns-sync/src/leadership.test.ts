import type { LeaderElection } from '@seamark/common/controller';
import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';
import { loadBalancer } from './testing/objects.ts';

/** An election that the test decides: `begin` starts a term, the returned function ends it. */
function electionByHand(): { readonly election: LeaderElection; readonly begin: () => () => Promise<void> } {
  let lead: Parameters<LeaderElection['run']>[0] | undefined;
  let token = 0;
  return {
    election: {
      isLeader: false,
      run(given, signal) {
        lead = given;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    },
    begin() {
      const term = new AbortController();
      const work = lead?.({ token: ++token, signal: term.signal });
      return async () => {
        term.abort();
        await work;
      };
    },
  };
}

describe('leadership', () => {
  test('only the leader writes, and a new term catches up with everything', async () => {
    const { election, begin } = electionByHand();
    await using bench = await dnsSyncBench({ leaderElection: election, start: false });
    bench.objects.put(loadBalancer('web/a', 'a.example.org', ['192.0.2.1']));
    await bench.sync.start(AbortSignal.timeout(20_000));
    expect(await bench.stored()).toEqual({});

    const endFirst = begin();
    await bench.sync.idle();
    expect(Object.keys(await bench.stored())).toHaveLength(2);

    await endFirst();
    bench.objects.put(loadBalancer('web/b', 'b.example.org', ['192.0.2.2']));
    bench.objects.remove('Service', 'web', 'a');
    expect(Object.keys(await bench.stored())).toHaveLength(2);

    const endSecond = begin();
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.dnsName)).toEqual(['b.example.org']);
    expect(Object.keys(await bench.stored())).toHaveLength(2);
    await endSecond();
  });

  test('a write that is under way when the term ends carries its signal', async () => {
    const store = createMemoryStore();
    const { election, begin } = electionByHand();
    const signals: AbortSignal[] = [];
    const slow = { ...store, range: store.range.bind(store), watch: store.watch.bind(store), transact: (_transaction: unknown, options?: { readonly signal?: AbortSignal | undefined }) => {
      const signal = options?.signal as AbortSignal;
      signals.push(signal);
      return new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    } }; // prettier-ignore
    await using bench = await dnsSyncBench({ leaderElection: election, start: false, store: slow });
    bench.objects.put(loadBalancer('web/a', 'a.example.org', ['192.0.2.1']));
    await bench.sync.start(AbortSignal.timeout(20_000));
    const end = begin();
    await expect.poll(() => signals.length).toBe(1);
    await end();
    expect(signals[0]?.aborted).toBe(true);
    await bench.sync.stop();
    await store.close();
  });
});

test('metrics count what is asked for, published and changed', async () => {
  await using bench = await dnsSyncBench();
  bench.objects.put(loadBalancer('web/a', 'a.example.org', ['192.0.2.1', '2001:db8::1']));
  bench.objects.put(loadBalancer('web/b', 'b.example.org', ['192.0.2.2']));
  await bench.sync.idle();
  bench.objects.remove('Service', 'web', 'b');
  await bench.sync.idle();
  const text = await bench.metrics.metrics();
  for (const line of [
    'external_dns_source_endpoints_total 2',
    'external_dns_source_records{record_type="aaaa"} 1',
    'external_dns_controller_verified_records{record_type="a"} 1',
    'seamark_dns_sync_store_keys 4',
    'seamark_dns_sync_queue_length 0',
    'seamark_dns_sync_changes_total{action="create",record_type="A"} 2',
    'seamark_dns_sync_changes_total{action="delete",record_type="A"} 1',
    'seamark_dns_sync_publish_latency_seconds_count 3',
  ]) {
    expect(text).toContain(line);
  }
});
