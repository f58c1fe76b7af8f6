import { type Address, type AddressFamily, formatAddress } from '@seamark/common/model';
import type { PoolUsage } from '@seamark/common/reasons';
import { type AddressRequest, wantedFamilies } from './address-request.ts';
import type { AddressSpace } from './address-space.ts';
import type { Refusal } from './allocation-result.ts';
import type { PoolState } from './pool-state.ts';

/** Holders that a POOL_FULL names; the rest is a number. */
const namedHolders = 10;

/** Why no eligible pool could be chosen. */
export function noPoolFits(space: AddressSpace, request: AddressRequest, eligible: readonly PoolState[]): Refusal {
  const families = wantedFamilies(request.wish);
  const [pool] = eligible;
  if (request.pool === undefined || pool === undefined) {
    return { code: 'NO_FREE_ADDRESS', params: { families, pools: eligible.flatMap((candidate) => usageFor(candidate, families)) } };
  }
  const absent = families.filter((family) => pool.total(family) === 0n);
  const lacks = request.wish.stack === 'prefer-dual' ? absent.length === families.length : absent.length > 0;
  if (lacks) return { code: 'ADDRESS_POOL_FAMILY', params: { pool: pool.name, families: absent } };
  const full = families.filter((family) => !pool.hasFree(family) && pool.total(family) > 0n);
  const holders = [...space.someHolders(pool, namedHolders)].map((service) => `Service ${service}`);
  const used = full.reduce((sum, family) => sum + pool.used(family), 0);
  return { code: 'POOL_FULL', params: { ...usage(pool, full), holders, otherHolders: Math.max(0, used - holders.length) } };
}

/** Why a definite address cannot be had, or the one pool that hands all of them out. */
export function poolOfRequested(space: AddressSpace, addresses: readonly Address[]): PoolState | Refusal {
  for (const address of addresses) {
    const avoiding = space.avoidingPoolOf(address);
    if (avoiding !== undefined) return { code: 'ADDRESS_AVOIDED', params: { address: formatAddress(address), pool: avoiding.name } };
  }
  const [pool, other] = new Set(addresses.map((address) => space.poolOf(address)));
  if (pool !== undefined && other === undefined && addresses.every((address) => space.poolOf(address) === pool)) return pool;
  return {
    code: 'ADDRESS_NOT_IN_POOLS',
    params: { addresses: addresses.map((address) => formatAddress(address)), pools: space.pools.map((known) => known.name) },
  };
}

function usageFor(pool: PoolState, families: readonly AddressFamily[]): PoolUsage[] {
  const present = families.filter((family) => pool.total(family) > 0n);
  return present.length === 0
    ? []
    : [usage(pool, present.some((family) => !pool.hasFree(family)) ? present.filter((family) => !pool.hasFree(family)) : present)];
}

/** Counts over some families of a pool: those that are short, so that the numbers explain the refusal. */
function usage(pool: PoolState, families: readonly AddressFamily[]): PoolUsage {
  return {
    pool: pool.name,
    used: String(families.reduce((sum, family) => sum + pool.used(family), 0)),
    total: String(families.reduce((sum, family) => sum + pool.total(family), 0n)),
  };
}
