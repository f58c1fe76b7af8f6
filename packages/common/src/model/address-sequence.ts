import type { Address, Ipv4Address, Ipv6Address } from './address.ts';
import type { AddressRange } from './address-range.ts';

/**
 * A position in an {@link AddressSequence}, from 0: a number up to 2^53 - 1, a bigint above. Each position has exactly one of the
 * two forms, so that it can be a key of a Map.
 */
export type AddressIndex = number | bigint;

/** The addresses of a range that may be handed out, in ascending order, numbered without holes. All look-ups are O(1). */
export interface AddressSequence {
  readonly range: AddressRange;
  /** Exact count; 0 when nothing of the range may be used. */
  readonly size: bigint;
  /** The address at an index; `undefined` outside 0..size-1. */
  at(index: AddressIndex): Address | undefined;
  /** Where an address stands; `undefined` when it is outside the range, of the other family, or left out. */
  indexOf(address: Address): AddressIndex | undefined;
}

/** Options of {@link createAddressSequence}. */
export interface AddressSequenceOptions {
  /**
   * Leaves out IPv4 addresses that end in .0 or .255, which some old routers take for network and broadcast addresses
   * (`spec.avoidBuggyIPs` of an IPAddressPool). IPv6 is not affected. Default false.
   */
  readonly avoidBuggyIPs?: boolean;
}

/** Numbers the usable addresses of a range; holds no list, whatever the size. */
export function createAddressSequence(range: AddressRange, options: AddressSequenceOptions = {}): AddressSequence {
  if (range.family === 'IPv6') return ipv6Sequence(range);
  return options.avoidBuggyIPs === true ? reliableIpv4Sequence(range) : ipv4Sequence(range);
}

function ipv4Sequence(range: AddressRange & { family: 'IPv4' }): AddressSequence {
  const count = range.last - range.first + 1;
  return {
    range,
    size: BigInt(count),
    at: (index) => (isIndexBelow(index, count) ? ((range.first + index) as Ipv4Address) : undefined),
    indexOf: (address) =>
      typeof address === 'number' && address >= range.first && address <= range.last ? address - range.first : undefined,
  };
}

function ipv6Sequence(range: AddressRange & { family: 'IPv6' }): AddressSequence {
  const size = range.last - range.first + 1n;
  return {
    range,
    size,
    at(index) {
      if (typeof index === 'number' && !Number.isSafeInteger(index)) return undefined;
      const offset = BigInt(index);
      return offset >= 0n && offset < size ? ((range.first + offset) as Ipv6Address) : undefined;
    },
    indexOf(address) {
      if (typeof address !== 'bigint' || address < range.first || address > range.last) return undefined;
      const offset = address - range.first;
      return offset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(offset) : offset;
    },
  };
}

/** Without .0 and .255, each block of 256 addresses keeps 254. */
function reliableIpv4Sequence(range: AddressRange & { family: 'IPv4' }): AddressSequence {
  const before = reliableBelow(range.first);
  const count = reliableBelow(range.last + 1) - before;
  return {
    range,
    size: BigInt(count),
    at(index) {
      if (!isIndexBelow(index, count)) return undefined;
      const ordinal = before + index;
      return (Math.floor(ordinal / 254) * 256 + (ordinal % 254) + 1) as Ipv4Address;
    },
    indexOf(address) {
      if (typeof address !== 'number' || address < range.first || address > range.last) return undefined;
      const lastOctet = address % 256;
      return lastOctet === 0 || lastOctet === 255 ? undefined : reliableBelow(address) - before;
    },
  };
}

/** How many addresses below `end` (0..2^32) end in neither .0 nor .255. */
function reliableBelow(end: number): number {
  return Math.floor(end / 256) * 254 + Math.min(Math.max((end % 256) - 1, 0), 254);
}

function isIndexBelow(index: AddressIndex, count: number): index is number {
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count;
}
