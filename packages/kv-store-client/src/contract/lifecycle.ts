import { expect, test } from 'vitest';
import { type ContractStore, flat, freshPrefix, type MakeContractStore, put } from './contract-store.ts';
import { recordWatch } from './watch-recorder.ts';

/** Contract of aborting, closing and opening again. */
export function lifecycleContract(subject: () => ContractStore, makeStore: MakeContractStore): void {
  test('a request with an aborted signal rejects with its reason and changes nothing', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const reason = new Error('not wanted any more');
    const signal = AbortSignal.abort(reason);
    await expect(store.range({ prefix }, { signal })).rejects.toBe(reason);
    await expect(
      store.transact({ compare: [], success: [{ type: 'put', key: `${prefix}a`, value: new Uint8Array() }] }, { signal }),
    ).rejects.toBe(reason);
    await expect(store.grantLease(60, { signal })).rejects.toBe(reason);
    expect(flat(await store.range({ prefix }))).toEqual([]);
  });

  test('a closed store refuses requests, ends watches and leases, and may be closed again', async () => {
    await using contract = await makeStore();
    const { store } = contract;
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    using watch = recordWatch(store, prefix, first);
    await watch.reached(first);
    const lease = await store.grantLease(60);
    await store.close();
    expect(lease.lost.aborted).toBe(true);
    await expect(store.range({ prefix })).rejects.toMatchObject({ code: 'SM_STORE_CLOSED' });
    await expect(store.transact({ compare: [], success: [] })).rejects.toMatchObject({ code: 'SM_STORE_CLOSED' });
    await expect(store.grantLease(60)).rejects.toMatchObject({ code: 'SM_STORE_CLOSED' });
    await store.close();
    await contract.reopen();
    using later = recordWatch(contract.store, prefix, first);
    const second = await put(contract.store, `${prefix}a`, '2');
    await later.reached(second);
    expect(watch.lines()).toEqual([`put ${prefix}a=1`]);
    expect(watch.interruptions).toEqual([]);
  });

  test('what was written is there after opening again, history included', async () => {
    await using contract = await makeStore();
    const prefix = freshPrefix();
    const first = await put(contract.store, `${prefix}a`, '1');
    const second = await put(contract.store, `${prefix}a`, '2');
    await contract.reopen();
    const { store } = contract;
    expect((await store.range({ prefix })).entries).toMatchObject([{ createRevision: first, modRevision: second, version: 2, lease: '0' }]);
    expect(flat(await store.range({ prefix }, { revision: first }))).toEqual([`${prefix}a=1`]);
    using watch = recordWatch(store, prefix, first);
    const third = await put(store, `${prefix}a`, '3');
    expect(third).toBeGreaterThan(second);
    await watch.reached(third);
    expect(watch.batches.map((batch) => batch.revision)).toEqual([first, second, third]);
  });

  test('driver and description say what store it is', () => {
    const { store } = subject();
    expect(['etcd', 'embedded']).toContain(store.driver);
    expect(store.description).not.toBe('');
  });
}
