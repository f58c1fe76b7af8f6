import { SeamarkError } from '../errors/index.ts';
import { type Address, addressFamily, type Ipv4Address, type Ipv6Address, unmapAddress } from './address.ts';
import { formatAddress, tryParseAddress } from './address-text.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';
import { formatPrefix, type Prefix, prefixOf, tryParsePrefix } from './prefix.ts';

/** Consecutive addresses of one family, both ends included; `first` is never above `last`. */
export type AddressRange =
  | { readonly family: 'IPv4'; readonly first: Ipv4Address; readonly last: Ipv4Address }
  | { readonly family: 'IPv6'; readonly first: Ipv6Address; readonly last: Ipv6Address };

/**
 * Reads an entry of an IPAddressPool's `spec.addresses` as MetalLB does: a CIDR prefix (see tryParsePrefix; no blanks around it),
 * or anything with a hyphen as `FIRST-LAST` with blanks allowed around both ends and IPv4-mapped ends read as IPv4. Unlike
 * MetalLB, which takes a range from IPv4 to IPv6 and makes it cover nothing, a range across families is refused.
 */
export function tryParseAddressRange(text: string): ParseResult<AddressRange> {
  const hyphen = text.indexOf('-');
  if (hyphen < 0) {
    const prefix = tryParsePrefix(text);
    if (prefix.ok) return parsed(prefixToRange(prefix.value));
    return unparsable(/[\u2010-\u2015]/u.test(text) ? 'it contains a dash that is not the hyphen "-"' : prefix.problem);
  }
  const first = tryParseAddress(text.slice(0, hyphen).trim());
  if (!first.ok) return unparsable(`start of range: ${first.problem}`);
  const last = tryParseAddress(text.slice(hyphen + 1).trim());
  if (!last.ok) return unparsable(`end of range: ${last.problem}`);
  return rangeBetween(unmapAddress(first.value), unmapAddress(last.value));
}

/** {@link tryParseAddressRange} that throws SM_ADDRESS_INVALID. */
export function parseAddressRange(text: string): AddressRange {
  const result = tryParseAddressRange(text);
  if (!result.ok) throw new SeamarkError('SM_ADDRESS_INVALID', `"${text}" is not an address range: ${result.problem}`);
  return result.value;
}

/** The range from `first` to `last`. Throws SM_ADDRESS_INVALID when the families differ or `first` is above `last`. */
export function addressRange(first: Address, last: Address): AddressRange {
  const result = rangeBetween(first, last);
  if (!result.ok) {
    throw new SeamarkError(
      'SM_ADDRESS_INVALID',
      `${formatAddress(first)}-${formatAddress(last)} is not an address range: ${result.problem}`,
    );
  }
  return result.value;
}

function rangeBetween(first: Address, last: Address): ParseResult<AddressRange> {
  if (typeof first === 'number' && typeof last === 'number' && first <= last) return parsed({ family: 'IPv4', first, last });
  if (typeof first === 'bigint' && typeof last === 'bigint' && first <= last) return parsed({ family: 'IPv6', first, last });
  if (typeof first === typeof last) return unparsable(`it starts at ${formatAddress(first)}, after its end ${formatAddress(last)}`);
  return unparsable(`it starts with ${addressFamily(first)} and ends with ${addressFamily(last)}: both ends must be of one family`);
}

/** All addresses of a prefix, network and broadcast address included. */
export function prefixToRange(prefix: Prefix): AddressRange {
  if (prefix.family === 'IPv4') {
    return { family: 'IPv4', first: prefix.address, last: (prefix.address + 2 ** (32 - prefix.bits) - 1) as Ipv4Address };
  }
  const last = prefix.address | ((1n << BigInt(128 - prefix.bits)) - 1n);
  return { family: 'IPv6', first: prefix.address, last: last as Ipv6Address };
}

/** How many addresses a range has; exact (2^128 for `::/0`). */
export function rangeSize(range: AddressRange): bigint {
  return range.family === 'IPv4' ? BigInt(range.last - range.first + 1) : range.last - range.first + 1n;
}

/** True when the address is of the range's family and inside it. */
export function rangeContains(range: AddressRange, address: Address): boolean {
  return addressFamily(address) === range.family && address >= range.first && address <= range.last;
}

/** True when the two ranges share an address. */
export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The fewest prefixes that cover exactly the range, in ascending order: at most 62 for IPv4, 254 for IPv6. */
export function rangeToPrefixes(range: AddressRange): Prefix[] {
  const prefixes: Prefix[] = [];
  const afterLast = BigInt(range.last) + 1n;
  for (let next = BigInt(range.first); next < afterLast;) {
    // The largest block that starts here: bounded by the alignment of `next` and by what is left.
    const alignment = next === 0n ? afterLast : next & -next;
    const hostBits = bitLength(alignment < afterLast - next ? alignment : afterLast - next) - 1;
    if (range.family === 'IPv4') prefixes.push(prefixOf(Number(next) as Ipv4Address, 32 - hostBits));
    else prefixes.push(prefixOf(next as Ipv6Address, 128 - hostBits));
    next += 1n << BigInt(hostBits);
  }
  return prefixes;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** The shortest text that parseAddressRange reads back: a prefix when the range is one, else `FIRST-LAST`. */
export function formatAddressRange(range: AddressRange): string {
  const [prefix, second] = rangeToPrefixes(range);
  if (prefix !== undefined && second === undefined) return formatPrefix(prefix);
  return `${formatAddress(range.first)}-${formatAddress(range.last)}`;
}
