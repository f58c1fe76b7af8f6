import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import type { KvStore } from '@seamark/kv-store-client';

import { type AuthoritativeDns, createAuthoritativeDns } from '../authoritative-dns.ts';
import type { AuthoritativeDnsOptions } from '../authoritative-dns-options.ts';

export { dig } from './dig.ts';
export type { DigResult } from './dig.ts';

/** A running server over a store in memory. */
export interface TestServer extends AsyncDisposable {
  readonly dns: AuthoritativeDns;
  readonly store: KvStore;
  /** UDP and TCP port of 127.0.0.1. */
  readonly port: number;
  /** Writes keys (below /skydns/; `undefined` deletes) in one transaction; resolves when they are answered. */
  write(content: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Writes keys below /skydns/ in one transaction, `undefined` deletes; returns its revision. */
export async function writeContent(store: KvStore, content: Readonly<Record<string, unknown>>): Promise<number> {
  const success = Object.entries(content).map(([key, value]) =>
    value === undefined
      ? ({ type: 'delete', key: `/skydns/${key}` } as const)
      : ({ type: 'put', key: `/skydns/${key}`, value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) } as const),
  );
  return (await store.transact({ compare: [], success })).revision;
}

/** Starts a server on a free port of 127.0.0.1 with this content. */
export async function startTestServer(
  content: Readonly<Record<string, unknown>>,
  options: Partial<AuthoritativeDnsOptions> = {},
): Promise<TestServer> {
  const store = options.store ?? createMemoryStore();
  await writeContent(store, content);
  const dns = createAuthoritativeDns({ zones: ['example.org'], listen: ['127.0.0.1:0'], ...options, store });
  await dns.start(new AbortController().signal);
  return {
    dns,
    store,
    port: dns.addresses().udp[0]?.port ?? 0,
    async write(changes) {
      await dns.reached(await writeContent(store, changes));
    },
    async [Symbol.asyncDispose]() {
      await dns.stop();
      if (options.store === undefined) await store.close();
    },
  };
}
