import { formatObjectRef, type IPAddressPool } from '@seamark/common/model';
import type { DecisionInput } from '@seamark/common/reasons';
import type { PoolConfiguration, PoolDefinition } from '../allocator/index.ts';
import { type PoolEntry, poolRef, readPool } from './read-pool.ts';
import { RangeClaims } from './range-claims.ts';

/** What can be told about a pool. */
export type PoolDecision = DecisionInput<'POOL_INVALID'> | DecisionInput<'POOL_OVERLAPS'> | DecisionInput<'FIELD_NOT_ACTED_ON'>;

/** All IPAddressPools taken together. */
export interface ResolvedPools {
  readonly configuration: PoolConfiguration;
  /** What is to be told, by pool; a pool without anything to tell has an empty list. */
  readonly decisions: ReadonlyMap<IPAddressPool, readonly PoolDecision[]>;
}

interface Claimant {
  readonly pool: IPAddressPool;
  readonly entry: PoolEntry;
}

/**
 * Sorts out which pools can be used. A pool that makes no sense, whose name is taken, or that overlaps another one is suspended while
 * all others work. Of two that overlap, the one that was created first is used; of two of the same second, the first by name.
 */
export function resolvePools(objects: Iterable<IPAddressPool>): ResolvedPools {
  const pools: PoolDefinition[] = [];
  const suspended: string[] = [];
  const decisions = new Map<IPAddressPool, PoolDecision[]>();
  const claims = new RangeClaims<Claimant>();
  const names = new Map<string, IPAddressPool>();

  for (const object of [...objects].toSorted(byAge)) {
    const told: PoolDecision[] = [];
    decisions.set(object, told);
    const verdict = judge(object, names, claims);
    if ('code' in verdict) {
      told.push(verdict);
      if (!names.has(object.metadata.name)) suspended.push(object.metadata.name);
      continue;
    }
    names.set(object.metadata.name, object);
    for (const entry of verdict.entries) claims.add(entry.range, { pool: object, entry });
    pools.push(verdict.definition);
    for (const params of verdict.notActedOn) {
      told.push({ code: 'FIELD_NOT_ACTED_ON', object: poolRef(object), topic: `field:${params.field}`, params });
    }
  }
  const usable = new Set(pools.map((pool) => pool.name));
  return { configuration: { pools, suspended: suspended.filter((name) => !usable.has(name)) }, decisions };
}

function judge(
  object: IPAddressPool,
  names: ReadonlyMap<string, IPAddressPool>,
  claims: RangeClaims<Claimant>,
): PoolDecision | Extract<ReturnType<typeof readPool>, { ok: true }> {
  const ref = poolRef(object);
  const reading = readPool(object);
  if (!reading.ok) return { code: 'POOL_INVALID', object: ref, topic: 'pool', params: { field: reading.field, problem: reading.problem } };
  const namesake = names.get(object.metadata.name);
  if (namesake !== undefined) {
    return {
      code: 'POOL_INVALID',
      object: ref,
      topic: 'pool',
      params: { field: 'metadata.name', problem: `${formatObjectRef(poolRef(namesake))} has it already` },
    };
  }
  const own = new RangeClaims<PoolEntry>();
  for (const entry of reading.entries) {
    const inside = own.conflictWith(entry.range)?.owner;
    const other = claims.conflictWith(entry.range)?.owner;
    if (inside !== undefined) return overlap(entry, inside, 'the same pool');
    if (other !== undefined) return overlap(entry, other.entry, formatObjectRef(poolRef(other.pool)));
    own.add(entry.range, entry);
  }
  return reading;

  function overlap(entry: PoolEntry, with_: PoolEntry, owner: string): PoolDecision {
    return { code: 'POOL_OVERLAPS', object: ref, topic: 'pool', params: { range: entry.text, other: owner, otherRange: with_.text } };
  }
}

/** By creationTimestamp, those without one last; then name, then namespace. */
function byAge(a: IPAddressPool, b: IPAddressPool): number {
  return (
    compare(createdAt(a), createdAt(b)) ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '')
  );
}

function createdAt(object: IPAddressPool): string {
  return object.metadata.creationTimestamp ?? '9999';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
