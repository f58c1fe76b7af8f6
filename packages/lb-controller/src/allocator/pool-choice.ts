import type { AddressFamily } from '@seamark/common/model';
import type { AddressRequest, FamilyWish } from './address-request.ts';
import { bothFamilies } from './address-request.ts';
import type { Refusal } from './allocation-result.ts';
import type { AddressSpace } from './address-space.ts';
import type { PoolState } from './pool-state.ts';

/** A pool and the families to take from it. */
export interface PoolChoice {
  readonly pool: PoolState;
  readonly families: readonly AddressFamily[];
}

/** The pools that may serve a request without a definite address, best first: the named one, or all automatic ones in name order. */
export function eligiblePools(
  space: AddressSpace,
  request: AddressRequest,
  poolNamespaces: readonly string[],
): readonly PoolState[] | Refusal {
  if (request.pool !== undefined) {
    const pool = space.pool(request.pool);
    if (pool !== undefined) return [pool];
    if (space.suspended.has(request.pool)) return { code: 'POOL_UNUSABLE', params: { pools: [request.pool] } };
    return { code: 'POOL_UNKNOWN', params: { pool: request.pool, existing: space.pools.map((existing) => existing.name) } };
  }
  if (space.pools.length > 0) return space.pools.filter((pool) => pool.definition.autoAssign);
  if (space.suspended.size > 0) return { code: 'POOL_UNUSABLE', params: { pools: [...space.suspended].toSorted() } };
  return { code: 'NO_POOLS', params: { namespaces: poolNamespaces } };
}

/** Chooses among eligible pools, the first that fits; `undefined` when none does. */
export function choosePool(eligible: readonly PoolState[], wish: FamilyWish): PoolChoice | undefined {
  const first = (families: readonly AddressFamily[]): PoolChoice | undefined => {
    const pool = eligible.find((candidate) => families.every((family) => candidate.hasFree(family)));
    return pool === undefined ? undefined : { pool, families };
  };
  if (wish.stack === 'single') return first([wish.family]);
  if (wish.stack === 'require-dual') return first(bothFamilies);
  return first(bothFamilies) ?? first([wish.primary]) ?? first([wish.primary === 'IPv4' ? 'IPv6' : 'IPv4']);
}
