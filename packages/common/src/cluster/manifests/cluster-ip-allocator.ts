import {
  type Address,
  type AddressFamily,
  addressFamily,
  addToAddress,
  formatAddress,
  parsePrefix,
  type Prefix,
  prefixContains,
  tryParseAddress,
} from '../../model/index.ts';

/** The ranges that clusterIPs come from. */
export interface ServiceRanges {
  /** Default 10.96.0.0/16, the one that kubeadm and most guides show (theirs is a /12). */
  readonly IPv4: string;
  /** Default fd00:10:96::/112. */
  readonly IPv6: string;
}

/** Defaults of {@link ServiceRanges}. */
export const defaultServiceRanges: ServiceRanges = { IPv4: '10.96.0.0/16', IPv6: 'fd00:10:96::/112' };

/** The first 256 addresses are left for those who ask for one by name, as Kubernetes does (KEP-3070). */
const staticBand = 256;

/** Gives clusterIPs to Services; pure memory, in the order of the calls. */
export class ClusterIpAllocator {
  readonly #ranges: Readonly<Record<AddressFamily, Prefix>>;
  readonly #holders = new Map<Address, string>();
  readonly #next: Record<AddressFamily, number> = { IPv4: staticBand, IPv6: staticBand };

  /** Throws SM_ADDRESS_INVALID when a range is no prefix. */
  constructor(ranges: ServiceRanges = defaultServiceRanges) {
    this.#ranges = { IPv4: parsePrefix(ranges.IPv4), IPv6: parsePrefix(ranges.IPv6) };
  }

  /** Who holds an address. */
  holderOf(address: string): string | undefined {
    const parsed = tryParseAddress(address);
    return parsed.ok ? this.#holders.get(parsed.value) : undefined;
  }

  /** Notes an address as held, in a range or not; false when somebody else holds it. Text that is no address is never held. */
  hold(address: string, holder: string): boolean {
    const parsed = tryParseAddress(address);
    if (!parsed.ok) return true;
    const present = this.#holders.get(parsed.value);
    if (present !== undefined && present !== holder) return false;
    this.#holders.set(parsed.value, holder);
    return true;
  }

  /** Gives back an address, when `holder` has it. */
  release(address: string, holder: string): void {
    const parsed = tryParseAddress(address);
    if (parsed.ok && this.#holders.get(parsed.value) === holder) this.#holders.delete(parsed.value);
  }

  /** A free address of the family's range; undefined when it is full. */
  take(family: AddressFamily, holder: string): string | undefined {
    const range = this.#ranges[family];
    // Both ranges hold at most 2^16 addresses that are tried; larger ones are used up to there.
    const size = Math.min(2 ** ((family === 'IPv4' ? 32 : 128) - range.bits), 2 ** 20);
    for (let tries = 0; tries < size; tries += 1) {
      const offset = this.#next[family] % size;
      this.#next[family] = offset + 1;
      // The network's own address, and in IPv4 the broadcast address, are never given.
      if (offset === 0 || (family === 'IPv4' && offset === size - 1)) continue;
      const address = addToAddress<Address>(range.address, offset);
      if (address === undefined || !prefixContains(range, address) || this.#holders.has(address)) continue;
      this.#holders.set(address, holder);
      return formatAddress(address);
    }
    return undefined;
  }
}

/** The family of an address text; undefined when it is none. */
export function familyOfText(address: string): AddressFamily | undefined {
  const parsed = tryParseAddress(address);
  return parsed.ok ? addressFamily(parsed.value) : undefined;
}
