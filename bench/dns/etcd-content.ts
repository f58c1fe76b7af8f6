import { type EtcdServer, startEtcd } from '@seamark/testkit';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { hostAddress, hostKey, hostValue } from './content.ts';

/** An etcd with hosts. */
export interface EtcdContent {
  readonly endpoint: string;
  readonly pid: number;
}

const kept = new Map<number, Promise<EtcdContent>>();

/**
 * An etcd with the first `names` hosts, which stays for the figures that follow and ends with this process. It does not wait for the
 * disk: what is measured begins when it has committed.
 */
export function etcdWithHosts(names: number, progress: (text: string) => void): Promise<EtcdContent> {
  let content = kept.get(names);
  if (content === undefined) kept.set(names, (content = fill(names, progress)));
  return content;
}

const putsPerTransaction = 1_000;
const transactionsUnderWay = 4;

async function fill(names: number, progress: (text: string) => void): Promise<EtcdContent> {
  const fast = ['--unsafe-no-fsync', `--max-txn-ops=${putsPerTransaction}`, `--quota-backend-bytes=${8 * 2 ** 30}`];
  const etcd: EtcdServer = await startEtcd({ extraArgs: fast });
  const { endpoint, pid } = etcd;
  const store = createEtcdStore({ endpoints: [endpoint], requestTimeoutMs: 60_000 });
  const startedAt = performance.now();
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < names) {
      const from = next;
      next += putsPerTransaction;
      const success = Array.from({ length: Math.min(putsPerTransaction, names - from) }, (_, at) => ({
        type: 'put' as const,
        key: hostKey(from + at),
        value: Buffer.from(hostValue(hostAddress(from + at))),
      }));
      await store.transact({ compare: [], success });
    }
  };
  try {
    await Promise.all(Array.from({ length: transactionsUnderWay }, write));
  } finally {
    await store.close();
  }
  progress(`etcd has ${names} hosts after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return { endpoint, pid };
}
