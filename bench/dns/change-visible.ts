import type { KvStore } from '@seamark/kv-store-client';
import type { DnsClient } from '../lab/dns-client.ts';
import { pause } from '../lab/pause.ts';
import { hostKey, hostName, hostValue } from './content.ts';

/** How long one change took to be answered. */
export interface ChangeSample {
  /** From etcd's answer, which it gives when it has committed; 0 when the change was seen before that. */
  readonly fromCommitMs: number;
  /** From sending it to etcd, so etcd's own work counts. */
  readonly fromSendingMs: number;
}

/** Options of {@link visibleAfter}. */
export interface VisibleAfterOptions {
  readonly store: KvStore;
  readonly client: DnsClient;
  readonly names: number;
  readonly changes: number;
  /** Counts the calls for the same hosts, from 0: each gives them other addresses. */
  readonly round: number;
  /** Called now and then, to fail early when the server is gone. */
  readonly check: () => void;
}

const timeoutMs = 10_000;

/** Changes hosts one by one, and asks for each, one question after the other, until the change is answered. */
export async function visibleAfter({ store, client, names, changes, round, check }: VisibleAfterOptions): Promise<readonly ChangeSample[]> {
  const samples: ChangeSample[] = [];
  for (let change = 0; change < changes; change++) {
    check();
    const host = Math.floor((change / changes) * names);
    // Addresses that no other change gives, also not that of another figure of this run.
    const address = `172.${16 + round}.${(change >>> 8) & 255}.${change & 255}`;
    const name = hostName(host);
    await client.resolve(name);
    const success = [{ type: 'put' as const, key: hostKey(host), value: Buffer.from(hostValue(address)) }];
    const sentAt = performance.now();
    let committedAt: number | undefined;
    const committed = store.transact({ compare: [], success }).then(() => (committedAt = performance.now()));
    while (!(await client.resolve(name)).includes(address)) {
      if (performance.now() - sentAt > timeoutMs) throw new Error(`${name} does not change within ${timeoutMs} ms`);
    }
    const seenAt = performance.now();
    await committed;
    samples.push({ fromCommitMs: Math.max(0, seenAt - (committedAt ?? seenAt)), fromSendingMs: seenAt - sentAt });
    // Not in step with anything that the server does at intervals.
    await pause(5 + (change % 7));
  }
  return samples;
}
