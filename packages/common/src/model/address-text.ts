import { SeamarkError } from '../errors/index.ts';
import type { Address, Ipv4Address, Ipv6Address } from './address.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';

const dot = 0x2e;
const colon = 0x3a;

/** An IPv6 address with the zone that stood behind `%`; `zone` is absent when the text has none. */
export interface ZonedAddress {
  readonly address: Address;
  readonly zone?: string;
}

/**
 * Reads one IP address as Go's netip.ParseAddr does: four decimal octets without leading zeros, or RFC 4291 text with at most
 * four hex digits a group, one `::` for at least one group, and dotted IPv4 at the end. Zones (`%eth0`) and blanks are refused.
 * `::ffff:1.2.3.4` stays IPv6.
 */
export function tryParseAddress(text: string): ParseResult<Address> {
  const value = scanAddress(text);
  return typeof value === 'string' ? unparsable(value) : parsed(value);
}

/** {@link tryParseAddress} that throws SM_ADDRESS_INVALID. */
export function parseAddress(text: string): Address {
  const value = scanAddress(text);
  if (typeof value === 'string') throw new SeamarkError('SM_ADDRESS_INVALID', `"${text}" is not an IP address: ${value}`);
  return value;
}

/** {@link tryParseAddress} that also takes a zone behind an IPv6 address, as ExternalDNS does for the targets of AAAA records. */
export function tryParseZonedAddress(text: string): ParseResult<ZonedAddress> {
  const percent = text.indexOf('%');
  const value = scanAddress(percent < 0 ? text : text.slice(0, percent));
  if (typeof value === 'string') return unparsable(value);
  if (percent < 0) return parsed({ address: value });
  const zone = text.slice(percent + 1);
  if (zone === '') return unparsable('the zone behind % is empty');
  if (typeof value === 'number') return unparsable('an IPv4 address has no zone');
  return parsed({ address: value, zone });
}

/** The canonical text: dotted decimal, or RFC 5952 (lower case, longest run of zero groups as `::`, IPv4-mapped in mixed form). */
export function formatAddress(address: Address): string {
  return typeof address === 'number' ? formatIpv4(address) : formatIpv6(address);
}

function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIpv6(address: bigint): string {
  if (address >> 32n === 0xffffn) return `::ffff:${formatIpv4(Number(address & 0xffff_ffffn))}`; // RFC 5952 5
  const groups: number[] = [];
  for (const shift of [96n, 64n, 32n, 0n]) {
    const word = Number(BigInt.asUintN(32, address >> shift));
    groups.push(word >>> 16, word & 0xffff);
  }
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':'); // RFC 5952 4.2.2: `::` never stands for a single group
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

/** The longest run of zero groups, the first of equals (RFC 5952 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  const best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) {
      best.start = start;
      best.length = end - start;
    }
    if (end > start) start = end;
  }
  return best;
}

/** The address, or what is wrong with the text. Telling the two apart by type keeps the hot path free of wrapper objects. */
function scanAddress(text: string): Address | string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === dot) return scanIpv4(text, 0);
    if (code === colon) return scanIpv6(text);
  }
  if (text === '') return 'it is empty';
  return 'it has neither the dots of IPv4 nor the colons of IPv6';
}

/** Four octets from `start` to the end of the text. */
function scanIpv4(text: string, start: number): Ipv4Address | string {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  for (let at = start; at <= text.length; at++) {
    const code = at === text.length ? dot : text.charCodeAt(at);
    if (code === dot) {
      if (digits === 0) return 'an IPv4 octet is empty';
      value = value * 256 + octet;
      octets++;
      if (octets > 4) return 'IPv4 has four octets, not more';
      octet = digits = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      if (digits > 0 && octet === 0) return 'an IPv4 octet has a leading zero';
      octet = octet * 10 + code - 0x30;
      digits++;
      if (octet > 255) return 'an IPv4 octet is above 255';
    } else {
      return unexpected(text, at);
    }
  }
  return octets === 4 ? (value as Ipv4Address) : `IPv4 has four octets, not ${octets}`;
}

function scanIpv6(text: string): Ipv6Address | string {
  const groups: number[] = [];
  let ellipsis = -1; // index of the first group behind `::`
  let at = 0;
  if (text.startsWith('::')) {
    ellipsis = 0;
    at = 2;
  }
  while (at < text.length) {
    if (groups.length === 8) return 'IPv6 has eight groups, not more';
    const group = scanGroup(text, at);
    if (typeof group === 'string') return group;
    const end = group.end;
    if (text.charCodeAt(end) === dot) {
      if (groups.length > 6 || (ellipsis < 0 && groups.length !== 6)) return 'dotted IPv4 inside IPv6 must be its last 32 bits';
      const low = scanIpv4(text, at);
      if (typeof low === 'string') return low;
      groups.push(low >>> 16, low & 0xffff);
      break;
    }
    groups.push(group.value);
    at = end;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== colon) return unexpected(text, at);
    at++;
    if (at === text.length) return 'it ends in a single colon';
    if (text.charCodeAt(at) === colon) {
      if (ellipsis >= 0) return '"::" may stand once';
      ellipsis = groups.length;
      at++;
    }
  }
  if (ellipsis < 0 && groups.length < 8) return `IPv6 has eight groups, not ${groups.length}`;
  if (ellipsis >= 0 && groups.length === 8) return '"::" must stand for at least one group';
  if (ellipsis >= 0) groups.splice(ellipsis, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  return ipv6OfGroups(groups);
}

/** Up to four hex digits from `start`; a group followed by a dot is only measured, its value is not meant. */
function scanGroup(text: string, start: number): { value: number; end: number } | string {
  let value = 0;
  let at = start;
  for (; at < text.length; at++) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit < 0) break;
    if (at - start === 4) return 'an IPv6 group has more than four hex digits';
    value = value * 16 + digit;
  }
  if (at > start) return { value, end: at };
  return text.charCodeAt(at) === colon ? 'an IPv6 group is empty' : unexpected(text, at);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function ipv6OfGroups(groups: readonly number[]): Ipv6Address {
  let value = 0n;
  for (let at = 0; at < 8; at += 2) value = (value << 32n) | BigInt((groups[at] as number) * 0x10000 + (groups[at + 1] as number));
  return value as Ipv6Address;
}

function unexpected(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  if (character === '%') return 'a zone (%…) is not allowed here';
  return /\s/u.test(character) ? 'it contains a blank' : `it contains "${character}"`;
}
