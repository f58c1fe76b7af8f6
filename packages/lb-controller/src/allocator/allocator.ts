import { type Address, type AddressFamily, addressFamily, compareAddresses, formatAddress } from '@seamark/common/model';
import { type AddressRequest, wantedFamilies } from './address-request.ts';
import { AddressSpace, type FreedAddress, type PoolConfiguration } from './address-space.ts';
import { type AllocationResult, costsOldAddress, type Refusal } from './allocation-result.ts';
import type { Assignment, Holding, ServiceKey } from './holding.ts';
import { choosePool, eligiblePools } from './pool-choice.ts';
import { noPoolFits, poolOfRequested } from './refusals.ts';

/** How full a pool is, by family; exact. */
export interface PoolCount {
  readonly pool: string;
  readonly autoAssign: boolean;
  readonly total: Readonly<Record<AddressFamily, bigint>>;
  /** Distinct addresses that are held. */
  readonly used: Readonly<Record<AddressFamily, bigint>>;
}

/** Options of {@link createAllocator}. */
export interface AllocatorOptions {
  /** Namespaces in which pools may be created; only named in the NO_POOLS refusal. Default `['metallb-system']`. */
  readonly poolNamespaces?: readonly string[];
}

/**
 * The allocation state: pools, and which Service holds which address. The only place that gives addresses out, so the rule that no
 * address is held by two Services holds here or nowhere. No I/O, no time, no randomness: equal calls give equal answers.
 *
 * An address leaves a Service in two steps. A decision retires it: it is no longer assigned, and still nobody else's. `settle` frees it,
 * once the Service's published status is known not to show it any more. So no two statuses ever show one address, even if the process
 * ends between the steps.
 *
 * Requests cost O(1) amortised in the number of addresses, however large or full the pools are, and grow only with the number of
 * pools. Bad requests are refusals, never exceptions.
 */
export interface Allocator {
  /**
   * Replaces the pools and says whose request must be made again (`allocate` or `keep`): Services that hold something in a pool that
   * changed, came or went. Nothing is taken away yet. An address that is now in a pool of another name counts there.
   */
  configure(configuration: PoolConfiguration): readonly ServiceKey[];
  /**
   * Takes over what a status shows, at the start and before any `allocate`. Addresses that no pool hands out or that somebody else holds
   * are left out, as are those of a second pool. `pool` is the pool that they were given from, if known; it only counts while
   * that pool is suspended. Whether the Service may keep them is for the `allocate` that follows.
   */
  adopt(service: ServiceKey, addresses: readonly Address[], pool: string | undefined): Assignment | undefined;
  /** Meets a request, or says why not. Repeating a request changes nothing; an address that still fits is always kept. */
  allocate(request: AddressRequest): AllocationResult;
  /** For a Service whose request cannot be understood: it keeps what pools still hand out, and loses the rest. */
  keep(service: ServiceKey): { readonly kept: Assignment | undefined; readonly retired: readonly Address[] };
  /** Retires all addresses of a Service that shall have none. */
  retire(service: ServiceKey): readonly Address[];
  /** Frees the retired addresses of a Service that its status no longer shows; `published` is what the status shows. */
  settle(service: ServiceKey, published: readonly Address[]): readonly FreedAddress[];
  /** Frees everything at once, for a Service that no longer exists. */
  release(service: ServiceKey): readonly FreedAddress[];
  assignmentOf(service: ServiceKey): Assignment | undefined;
  /** Addresses between decision and `settle`. */
  retiringOf(service: ServiceKey): readonly Address[];
  /** Services that hold an address, retiring ones too. */
  holdersOf(address: Address): readonly ServiceKey[];
  hasFree(pool: string, family: AddressFamily): boolean;
  /** True when a Service that names nothing may be served from this pool. */
  assignsAutomatically(pool: string): boolean;
  /** Usable pools in name order. */
  counts(): readonly PoolCount[];
}

const none: readonly Address[] = Object.freeze([]);

function onePerFamily(addresses: readonly Address[]): readonly Address[] {
  return addresses.filter((address, index) => addresses.findIndex((other) => addressFamily(other) === addressFamily(address)) === index);
}

/** Creates an {@link Allocator} without pools. */
export function createAllocator(options: AllocatorOptions = {}): Allocator {
  const poolNamespaces = options.poolNamespaces ?? ['metallb-system'];
  const space = new AddressSpace();
  const holdings = new Map<ServiceKey, Holding>();

  /** What the Service has and pools still allow it to have; of its families, when given. */
  const lawful = (holding: Holding, families?: readonly AddressFamily[]): readonly Address[] =>
    holding.addresses.filter((address) => {
      if (families?.includes(addressFamily(address)) === false) return false;
      const pool = space.poolOf(address);
      return pool === undefined ? isSuspended(holding) && space.avoidingPoolOf(address) === undefined : pool.name === holding.pool;
    });
  const isSuspended = (holding: Holding): boolean => space.suspended.has(holding.pool);

  /** Sets what is assigned; whatever was and is not any more retires. */
  const assign = (holding: Holding, pool: string, addresses: readonly Address[]): readonly Address[] => {
    for (const address of addresses) space.hold(address, holding);
    const retired = holding.addresses.filter((address) => !addresses.includes(address));
    const retiring = [...holding.retiring.filter((address) => !addresses.includes(address)), ...retired];
    holding.pool = pool;
    holding.addresses = addresses.length === 0 ? none : addresses.toSorted(compareAddresses);
    holding.retiring = retiring.length === 0 ? none : retiring;
    return retired;
  };

  const draw = (holding: Holding, poolName: string, families: readonly AddressFamily[]): Address[] => {
    const pool = space.pool(poolName);
    return families.flatMap((family) => (pool === undefined ? [] : (space.takeLowest(pool, family, holding) ?? [])));
  };

  interface Plan {
    readonly pool: string;
    readonly addresses: readonly Address[];
    readonly draw: readonly AddressFamily[];
    readonly lacking: readonly AddressFamily[];
  }

  const planRequested = (request: AddressRequest, addresses: readonly Address[], holding: Holding): Plan | Refusal => {
    const families = wantedFamilies(request.wish);
    if (
      addresses.length !== families.length ||
      !families.every((family) => addresses.some((address) => addressFamily(address) === family))
    ) {
      return { code: 'ADDRESS_FAMILY_MISMATCH', params: { requested: addresses.map((address) => formatAddress(address)), families } };
    }
    const held = lawful(holding);
    const heldPool = isSuspended(holding) && addresses.every((address) => held.includes(address)) ? holding.pool : undefined;
    const pool = heldPool ?? poolOfRequested(space, addresses);
    if (typeof pool === 'object' && 'code' in pool) return pool;
    const taken = addresses.find((address) => !space.mayHold(address, request.service));
    if (taken !== undefined) {
      const holder = space.holdersOf(taken)[0]?.service ?? '';
      return { code: 'ADDRESS_TAKEN', params: { address: formatAddress(taken), holder: `Service ${holder}` } };
    }
    const poolName = typeof pool === 'string' ? pool : pool.name;
    if (request.pool !== undefined && request.pool !== poolName) {
      return {
        code: 'ADDRESS_POOL_MISMATCH',
        params: { addresses: addresses.map((address) => formatAddress(address)), pool: request.pool },
      };
    }
    return { pool: poolName, addresses, draw: [], lacking: [] };
  };

  /** Goes on with addresses of one pool, which may gain the families that they miss; `undefined` when that does not do. */
  const planFrom = (request: AddressRequest, poolName: string, addresses: readonly Address[]): Plan | undefined => {
    if (addresses.length === 0) return undefined;
    const missing = wantedFamilies(request.wish).filter((family) => !addresses.some((address) => addressFamily(address) === family));
    const available = missing.filter((family) => space.pool(poolName)?.hasFree(family) === true);
    if (available.length < missing.length && request.wish.stack !== 'prefer-dual') return undefined;
    return { pool: poolName, addresses, draw: available, lacking: missing.filter((family) => !available.includes(family)) };
  };

  const planAutomatic = (request: AddressRequest, holding: Holding): Plan | Refusal => {
    const families = wantedFamilies(request.wish);
    // What is there stays, and grows only inside its own pool: an address moves only when it must.
    const held = request.pool === undefined || request.pool === holding.pool ? lawful(holding, families) : none;
    const onward = planFrom(request, holding.pool, held);
    if (onward !== undefined) return onward;
    const eligible = eligiblePools(space, request, poolNamespaces);
    if ('code' in eligible) return eligible;
    // Its own retiring addresses are free for this Service alone, and its status may show them still.
    for (const pool of holding.retiring.length === 0 ? [] : eligible) {
      const own = onePerFamily(
        holding.retiring.filter((address) => families.includes(addressFamily(address)) && space.poolOf(address) === pool),
      );
      const back = planFrom(request, pool.name, own);
      if (back !== undefined && back.lacking.length === 0) return back;
    }
    const choice = choosePool(eligible, request.wish);
    if (choice === undefined) return noPoolFits(space, request, eligible);
    return {
      pool: choice.pool.name,
      addresses: none,
      draw: choice.families,
      lacking: families.filter((family) => !choice.families.includes(family)),
    };
  };

  const tidy = (holding: Holding): void => {
    if (holding.addresses.length === 0 && holding.retiring.length === 0) holdings.delete(holding.service);
  };

  const present = (holding: Holding): Assignment | undefined => (holding.addresses.length === 0 ? undefined : holding);

  const holdingFor = (service: ServiceKey): Holding => {
    let holding = holdings.get(service);
    if (holding === undefined) holdings.set(service, (holding = { service, pool: '', addresses: none, retiring: none }));
    return holding;
  };

  const freeAll = (holding: Holding, addresses: readonly Address[]): FreedAddress[] =>
    addresses.flatMap((address) => space.free(address, holding) ?? []);

  return {
    configure(configuration) {
      const affected = space.configure(configuration);
      for (const holding of affected) {
        const found = holding.addresses.map((address) => space.poolOf(address)).find((pool) => pool !== undefined);
        if (found !== undefined && !holding.addresses.some((address) => space.poolOf(address)?.name === holding.pool))
          holding.pool = found.name;
      }
      return [...affected].map((holding) => holding.service);
    },
    adopt(service, addresses, pool) {
      const known = holdings.get(service);
      if (known !== undefined) return present(known);
      const home = addresses.map((address) => space.poolOf(address)).find((found) => found !== undefined)?.name;
      const suspended = pool !== undefined && space.suspended.has(pool) ? pool : undefined;
      const poolName = home ?? suspended;
      if (poolName === undefined) return undefined;
      const wanted = onePerFamily(
        addresses.filter((address) => {
          const found = space.poolOf(address)?.name;
          const inPool = found === poolName || (found === undefined && home === undefined && space.avoidingPoolOf(address) === undefined);
          return inPool && space.mayHold(address, service);
        }),
      );
      if (wanted.length === 0) return undefined;
      const holding = holdingFor(service);
      assign(holding, poolName, wanted);
      return holding;
    },
    allocate(request) {
      const holding = holdingFor(request.service);
      const plan = request.addresses === undefined ? planAutomatic(request, holding) : planRequested(request, request.addresses, holding);
      if ('code' in plan) {
        const kept = costsOldAddress(plan.code) ? none : lawful(holding, wantedFamilies(request.wish));
        const retired = assign(holding, holding.pool, kept);
        tidy(holding);
        return { ok: false, refusal: plan, kept: present(holding), retired };
      }
      const before = holding.addresses;
      const addresses = [...plan.addresses, ...draw(holding, plan.pool, plan.draw)];
      const retired = assign(holding, plan.pool, addresses);
      return {
        ok: true,
        assignment: holding,
        gained: addresses.some((address) => !before.includes(address)),
        retired,
        lacking: plan.lacking,
      };
    },
    keep(service) {
      const holding = holdings.get(service);
      if (holding === undefined) return { kept: undefined, retired: none };
      const retired = assign(holding, holding.pool, lawful(holding));
      return { kept: present(holding), retired };
    },
    retire(service) {
      const holding = holdings.get(service);
      return holding === undefined ? none : assign(holding, holding.pool, none);
    },
    settle(service, published) {
      const holding = holdings.get(service);
      if (holding === undefined || holding.retiring.length === 0) return [];
      const gone = holding.retiring.filter((address) => !published.includes(address));
      const stays = holding.retiring.filter((address) => published.includes(address));
      holding.retiring = stays.length === 0 ? none : stays;
      const freed = freeAll(holding, gone);
      tidy(holding);
      return freed;
    },
    release(service) {
      const holding = holdings.get(service);
      if (holding === undefined) return [];
      holdings.delete(service);
      return freeAll(holding, [...holding.addresses, ...holding.retiring]);
    },
    assignmentOf(service) {
      const holding = holdings.get(service);
      return holding === undefined ? undefined : present(holding);
    },
    retiringOf: (service) => holdings.get(service)?.retiring ?? none,
    holdersOf: (address) => space.holdersOf(address).map((holder) => holder.service),
    hasFree: (pool, family) => space.pool(pool)?.hasFree(family) === true,
    assignsAutomatically: (pool) => space.pool(pool)?.definition.autoAssign === true,
    counts: () =>
      space.pools.map((pool) => ({
        pool: pool.name,
        autoAssign: pool.definition.autoAssign,
        total: { IPv4: pool.total('IPv4'), IPv6: pool.total('IPv6') },
        used: { IPv4: BigInt(pool.used('IPv4')), IPv6: BigInt(pool.used('IPv6')) },
      })),
  };
}
