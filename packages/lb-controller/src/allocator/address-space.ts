import type { Address, AddressFamily } from '@seamark/common/model';
import { HolderTable, type Holding, type ServiceKey } from './holding.ts';
import { type PoolDefinition, PoolState, type RangeState, sameAddresses } from './pool-state.ts';
import { RangeIndex } from './range-index.ts';

/** All pools that there are. Pools of one name do not occur twice, and usable pools do not overlap. */
export interface PoolConfiguration {
  /** The pools that hand out addresses. */
  readonly pools: readonly PoolDefinition[];
  /**
   * Names of pools that exist but cannot be used as they are written. They hand out nothing, and what was given from them stays: a
   * mistake in a pool takes no address away.
   */
  readonly suspended: readonly string[];
}

/** An address that has become free, and the pool that it is free in. */
export interface FreedAddress {
  readonly address: Address;
  /** Absent when no pool hands the address out any more. */
  readonly pool: string | undefined;
}

/** The addresses of all pools, which are free, and who holds the others. Keeps the two in step; decides nothing. */
export class AddressSpace {
  readonly #holders = new HolderTable();
  readonly #pools = new Map<string, PoolState>();
  #sorted: readonly PoolState[] = [];
  #suspended: ReadonlySet<string> = new Set();
  #ranges = new RangeIndex([]);
  readonly #outside = new Set<Address>(); // held, and handed out by no pool

  /** The usable pools in name order. */
  get pools(): readonly PoolState[] {
    return this.#sorted;
  }

  /** Names of the pools that exist but cannot be used. */
  get suspended(): ReadonlySet<string> {
    return this.#suspended;
  }

  pool(name: string): PoolState | undefined {
    return this.#pools.get(name);
  }

  /** The pool that hands the address out. */
  poolOf(address: Address): PoolState | undefined {
    return this.#slot(address)?.range.pool;
  }

  /** The pool whose ranges contain the address although it leaves it out (avoidBuggyIPs). */
  avoidingPoolOf(address: Address): PoolState | undefined {
    const range = this.#ranges.find(address);
    return range !== undefined && range.sequence.indexOf(address) === undefined ? range.pool : undefined;
  }

  /** True when nobody else holds the address; see HolderTable.mayHold. */
  mayHold(address: Address, service: ServiceKey): boolean {
    return this.#holders.mayHold(address, service);
  }

  holdersOf(address: Address): readonly Holding[] {
    return this.#holders.of(address);
  }

  /** Some holders in a pool, at most `limit`, each once. Work follows `limit` when the pool is full. */
  someHolders(pool: PoolState, limit: number): ReadonlySet<ServiceKey> {
    const services = new Set<ServiceKey>();
    for (const address of heldIn(pool.ranges)) {
      for (const holder of this.#holders.of(address)) services.add(holder.service);
      if (services.size >= limit) break;
    }
    return services;
  }

  /** The lowest free address of a pool, which the holding holds from now on. */
  takeLowest(pool: PoolState, family: AddressFamily, holding: Holding): Address | undefined {
    const range = pool.firstOpenRange(family);
    const index = range?.free.takeLowest();
    if (range === undefined || index === undefined) return undefined;
    pool.count(range, 1);
    const address = range.sequence.at(index) as Address;
    this.#holders.add(address, holding);
    return address;
  }

  /** The holding holds the address from now on. The caller has asked {@link mayHold}. */
  hold(address: Address, holding: Holding): void {
    if (this.#holders.add(address, holding)) this.#occupy(address);
  }

  /** The holding no longer holds the address; says what that made free. */
  free(address: Address, holding: Holding): FreedAddress | undefined {
    if (!this.#holders.remove(address, holding)) return undefined;
    const slot = this.#slot(address);
    if (slot === undefined) {
      this.#outside.delete(address);
    } else {
      slot.range.free.giveBack(slot.index);
      slot.range.pool.count(slot.range, -1);
    }
    return { address, pool: slot?.range.pool.name };
  }

  /**
   * Changes the pools. Pools that hand out the same as before keep their state; the work follows what is held in the others. Nothing
   * is taken from anybody here: the holdings that are returned held something in a pool that changed, came or went.
   */
  configure(configuration: PoolConfiguration): ReadonlySet<Holding> {
    const wanted = new Map(configuration.pools.map((pool) => [pool.name, pool]));
    const displaced = new Set(this.#outside);
    for (const [name, pool] of this.#pools) {
      const definition = wanted.get(name);
      if (definition !== undefined && sameAddresses(definition, pool.definition)) {
        pool.definition = definition;
        continue;
      }
      for (const address of heldIn(pool.ranges)) displaced.add(address);
      this.#pools.delete(name);
    }
    for (const definition of configuration.pools) {
      if (!this.#pools.has(definition.name)) this.#pools.set(definition.name, new PoolState(definition));
    }
    this.#sorted = [...this.#pools.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#suspended = new Set(configuration.suspended);
    this.#ranges = new RangeIndex(this.#sorted.flatMap((pool) => pool.ranges));

    this.#outside.clear();
    const affected = new Set<Holding>();
    for (const address of displaced) {
      this.#occupy(address);
      for (const holder of this.#holders.of(address)) affected.add(holder);
    }
    return affected;
  }

  #occupy(address: Address): void {
    const slot = this.#slot(address);
    if (slot === undefined) {
      this.#outside.add(address);
    } else if (slot.range.free.take(slot.index)) {
      slot.range.pool.count(slot.range, 1);
    }
  }

  #slot(address: Address): { readonly range: RangeState; readonly index: number | bigint } | undefined {
    const range = this.#ranges.find(address);
    const index = range?.sequence.indexOf(address);
    return range === undefined || index === undefined ? undefined : { range, index };
  }
}

function* heldIn(ranges: readonly RangeState[]): Generator<Address> {
  for (const range of ranges) {
    for (const index of range.free.takenIndices()) yield range.sequence.at(index) as Address;
  }
}
