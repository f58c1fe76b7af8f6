import { eventually } from '@seamark/testkit';
import { expect, test } from 'vitest';
import { type ContractStore, flat, freshPrefix, put } from './contract-store.ts';
import { recordWatch } from './watch-recorder.ts';

/** Contract of `grantLease` and `leaseTimeToLive`. */
export function leaseContract(subject: () => ContractStore): void {
  test('a key carries its lease; revoking deletes all its keys in one revision', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const lease = await store.grantLease(60);
    expect(lease.id).toMatch(/^[1-9][0-9]*$/);
    expect(lease.ttlSeconds).toBeGreaterThanOrEqual(60);
    expect(lease.lost.aborted).toBe(false);
    await put(store, `${prefix}a`, '1', lease.id);
    await put(store, `${prefix}b`, '1', lease.id);
    const last = await put(store, `${prefix}c`, '1');
    expect((await store.range({ prefix })).entries.map((entry) => entry.lease)).toEqual([lease.id, lease.id, '0']);
    using watch = recordWatch(store, prefix, last + 1);
    await lease.revoke();
    expect(lease.lost.aborted).toBe(true);
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}c=1`]);
    await watch.reached(last + 1);
    expect(watch.lines().toSorted()).toEqual([`delete ${prefix}a`, `delete ${prefix}b`]);
    expect(watch.batches).toHaveLength(1);
    await lease.revoke();
  });

  test('a lease tells what it has left, until it is gone', async () => {
    const { store } = subject();
    const lease = await store.grantLease(60);
    const left = (await store.leaseTimeToLive(lease.id)) as number;
    expect(left).toBeGreaterThan(30);
    expect(left).toBeLessThanOrEqual(lease.ttlSeconds);
    await lease.revoke();
    expect(await store.leaseTimeToLive(lease.id)).toBeUndefined();
  });

  test('a key put again without the lease outlives it', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const lease = await store.grantLease(60);
    await put(store, `${prefix}a`, '1', lease.id);
    await put(store, `${prefix}a`, '2');
    await lease.revoke();
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}a=2`]);
  });

  test('a put with a lease that does not exist is refused', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const lease = await store.grantLease(60);
    await lease.revoke();
    await expect(put(store, `${prefix}a`, '1', lease.id)).rejects.toMatchObject({ code: 'SM_STORE_LEASE_LOST' });
    expect(flat(await store.range({ prefix }))).toEqual([]);
  });

  test('a lease is kept alive past its TTL', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const lease = await store.grantLease(1);
    await put(store, `${prefix}a`, '1', lease.id);
    await new Promise((resolve) => setTimeout(resolve, lease.ttlSeconds * 2_000 + 500));
    expect(lease.lost.aborted).toBe(false);
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}a=1`]);
    await lease.revoke();
  });

  test('a lease that nobody keeps alive expires and its keys are deleted, seen by watches', async () => {
    const contract = subject();
    const prefix = freshPrefix();
    const lease = await contract.store.grantLease(1);
    const other = await put(contract.store, `${prefix}stays`, '1');
    const start = await put(contract.store, `${prefix}a`, '1', lease.id);
    await contract.reopen();
    expect(lease.lost.aborted).toBe(true);
    using watch = recordWatch(contract.store, prefix, other);
    await watch.reached(start + 1);
    expect(watch.lines()).toEqual([`put ${prefix}stays=1`, `put ${prefix}a=1`, `delete ${prefix}a`]);
    await eventually(async () => expect(flat(await contract.store.range({ prefix }))).toEqual([`${prefix}stays=1`]));
  });
}
