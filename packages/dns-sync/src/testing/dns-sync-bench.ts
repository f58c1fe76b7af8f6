import { alwaysLeader } from '@seamark/common/controller';
import { createMetrics, silentLogger } from '@seamark/common/observability';
import { createReasonStream, formatDecision, type ReasonStream } from '@seamark/common/reasons';
import type { KvStore } from '@seamark/kv-store-client';
import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { type DnsSync, type DnsSyncOptions, createDnsSync, createEtcdProvider } from '../index.ts';
import { ObjectCluster } from './object-cluster.ts';

/** dns-sync between a cluster that the test changes and a store that it reads. */
export interface DnsSyncBench extends AsyncDisposable {
  readonly objects: ObjectCluster;
  readonly store: KvStore;
  readonly reasons: ReasonStream;
  readonly sync: DnsSync;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** Keys and values below the prefix, as text. */
  stored(prefix?: string): Promise<Record<string, unknown>>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** All decisions that hold, each as its line of the log. */
  decisions(): string[];
}

/** Starts a bench; waits until everything is synced and planned unless `start` is false. */
export async function dnsSyncBench(
  options: Partial<DnsSyncOptions> & {
    readonly store?: KvStore;
    readonly prefix?: string;
    readonly setUp?: (objects: ObjectCluster) => void;
    readonly start?: boolean;
  } = {},
): Promise<DnsSyncBench> {
  const store = options.store ?? createMemoryStore();
  const objects = new ObjectCluster();
  options.setUp?.(objects);
  const reasons = options.reasons ?? createReasonStream();
  const metrics = createMetrics({ version: '0', component: 'test' });
  const stop = new AbortController();
  const sync = createDnsSync({
    cluster: objects.cluster,
    provider: createEtcdProvider({ store, ...(options.prefix === undefined ? {} : { prefix: options.prefix }) }),
    reasons,
    logger: silentLogger,
    metrics,
    leaderElection: alwaysLeader,
    // Tests want to see waiting at once; the grace has a test of its own.
    waitingGraceMs: 0,
    ...options,
  });
  if (options.start !== false) {
    await sync.start(stop.signal);
    await sync.idle();
  }
  return {
    objects,
    store,
    reasons,
    sync,
    metrics,
    async stored(prefix = '/') {
      const { entries } = await store.range({ prefix });
      return Object.fromEntries(entries.map(({ key, value }) => [key, JSON.parse(Buffer.from(value).toString()) as unknown]));
    },
    async put(key, value) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      await store.transact({ compare: [], success: [{ type: 'put', key, value: Buffer.from(text) }] });
    },
    async delete(key) {
      await store.transact({ compare: [], success: [{ type: 'delete', key }] });
    },
    decisions: () => [...reasons.list()].map(formatDecision),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sync.stop();
      if (options.store === undefined) await store.close();
    },
  };
}
