import type { Address } from '@seamark/common/model';

/** `namespace/name` of a Service. */
export type ServiceKey = string;

/** What a Service has: one address, or one of each family, IPv4 first, all of one pool. */
export interface Assignment {
  readonly service: ServiceKey;
  readonly pool: string;
  readonly addresses: readonly Address[];
}

/**
 * Everything that the allocator keeps for one Service. Besides the assigned addresses these are the retiring ones: no longer meant
 * for the Service, but perhaps still in its published status, and therefore not free for others until that is known to be gone.
 */
export interface Holding extends Assignment {
  pool: string;
  addresses: readonly Address[];
  retiring: readonly Address[];
}

/** Who holds which address. An address has a set of holders; {@link HolderTable.mayHold} alone decides who may join it. */
export class HolderTable {
  // One holder is by far the most usual, and needs no list of its own.
  readonly #holders = new Map<Address, Holding | readonly Holding[]>();

  /** Addresses held by anybody. */
  get size(): number {
    return this.#holders.size;
  }

  /** Every holder of the address, the first holder first. */
  of(address: Address): readonly Holding[] {
    const holders = this.#holders.get(address);
    return holders === undefined ? [] : 'service' in holders ? [holders] : holders;
  }

  /** The rule that one address is never held by two Services; nothing else in Seamark decides this. */
  mayHold(address: Address, service: ServiceKey): boolean {
    const holders = this.#holders.get(address);
    return (
      holders === undefined || ('service' in holders ? holders.service === service : holders.every((holder) => holder.service === service))
    );
  }

  /** Adds a holder. The caller has asked {@link mayHold}. True when the address was nobody's before. */
  add(address: Address, holding: Holding): boolean {
    const holders = this.of(address);
    if (holders.includes(holding)) return false;
    this.#holders.set(address, holders.length === 0 ? holding : [...holders, holding]);
    return holders.length === 0;
  }

  /** Removes a holder. True when the address is nobody's now. */
  remove(address: Address, holding: Holding): boolean {
    const holders = this.of(address);
    const others = holders.filter((holder) => holder !== holding);
    if (others.length === holders.length) return false;
    if (others.length > 0) {
      this.#holders.set(address, others.length === 1 ? (others[0] as Holding) : others);
      return false;
    }
    this.#holders.delete(address);
    return true;
  }
}
