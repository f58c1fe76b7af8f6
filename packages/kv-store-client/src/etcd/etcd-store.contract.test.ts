import { etcdPrograms, etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { kvStoreContract } from '../kv-store-contract.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import { progressIsOrdered } from './server-version.ts';
import { compactEtcd } from './testing/etcd-admin.ts';

describe.skipIf(unmet('etcd store contract', etcdRequirement())).each(etcdPrograms())('with the $label', ({ path }) => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  beforeAll(async () => {
    etcd = await startEtcd({ program: path });
  });
  afterAll(() => etcd[Symbol.asyncDispose]());

  kvStoreContract('the etcd store', async () => {
    let store = createEtcdStore({ endpoints: [etcd.endpoint] });
    const version = (await (await fetch(`${etcd.endpoint}/version`)).json()) as { etcdserver: string };
    return {
      get store() {
        return store;
      },
      answersProgress: progressIsOrdered(version.etcdserver),
      compact: (revision) => compactEtcd(etcd.endpoint, revision),
      async reopen() {
        await store.close();
        store = createEtcdStore({ endpoints: [etcd.endpoint] });
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  });
});
