import { SeamarkError } from '../errors/index.ts';

declare const familyBrand: unique symbol;

/**
 * An IPv4 address: its 32 bits as a number, 0..4294967295. Addresses are primitives, so that a million of them cost eight bytes
 * each, `===` compares them, and a Map or Set takes them as keys by value.
 */
export type Ipv4Address = number & { readonly [familyBrand]: 'IPv4' };

/** An IPv6 address: its 128 bits as a bigint. IPv4-mapped addresses (`::ffff:0:0/96`) are IPv6; see {@link unmapAddress}. */
export type Ipv6Address = bigint & { readonly [familyBrand]: 'IPv6' };

/** An IP address without zone. `typeof` tells the family; see also {@link addressFamily}. */
export type Address = Ipv4Address | Ipv6Address;

/** A family as Kubernetes writes it in `spec.ipFamilies`. */
export type AddressFamily = 'IPv4' | 'IPv6';

const ipv4Maximum = 0xffff_ffff;
const ipv6Maximum = (1n << 128n) - 1n;
const mappedBase = 0xffffn << 32n; // ::ffff:0:0 (RFC 4291 2.5.5.2)

/** The family of an address. */
export function addressFamily(address: Address): AddressFamily {
  return typeof address === 'number' ? 'IPv4' : 'IPv6';
}

/** True for an IPv4 address; an IPv4-mapped IPv6 address is not one. */
export function isIpv4Address(address: Address): address is Ipv4Address {
  return typeof address === 'number';
}

/** Bits of an address of a family: 32 or 128. */
export function addressBits(family: AddressFamily): 32 | 128 {
  return family === 'IPv4' ? 32 : 128;
}

/** Makes an IPv4 address of its 32 bits. Throws SM_ADDRESS_INVALID when `value` is not an integer in 0..2^32-1. */
export function ipv4FromNumber(value: number): Ipv4Address {
  if (!Number.isInteger(value) || value < 0 || value > ipv4Maximum) {
    throw new SeamarkError(
      'SM_ADDRESS_INVALID',
      `${value} is not the value of an IPv4 address: it must be an integer in 0..${ipv4Maximum}`,
    );
  }
  return value as Ipv4Address;
}

/** Makes an IPv6 address of its 128 bits. Throws SM_ADDRESS_INVALID when `value` is outside 0..2^128-1. */
export function ipv6FromBigInt(value: bigint): Ipv6Address {
  if (value < 0n || value > ipv6Maximum) {
    throw new SeamarkError('SM_ADDRESS_INVALID', `${value} is not the value of an IPv6 address: it must be in 0..2^128-1`);
  }
  return value as Ipv6Address;
}

/** Orders addresses: all IPv4 before all IPv6, then by value. For `Array.sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The address `offset` steps further (back, when negative), exact for any distance; `undefined` when that leaves the family's
 * address space. A `number` offset must be an integer up to ±2^53; use a bigint beyond.
 */
export function addToAddress<A extends Address>(address: A, offset: number | bigint): A | undefined;
export function addToAddress(address: Address, offset: number | bigint): Address | undefined {
  if (typeof address === 'number') {
    // Offsets that a number cannot hold exactly leave the IPv4 space anyway, so the rounding of Number(bigint) is harmless.
    const sum = address + Number(offset);
    return sum >= 0 && sum <= ipv4Maximum ? (sum as Ipv4Address) : undefined;
  }
  const sum = address + BigInt(offset);
  return sum >= 0n && sum <= ipv6Maximum ? (sum as Ipv6Address) : undefined;
}

/** True for `::ffff:a.b.c.d`. */
export function isIpv4MappedAddress(address: Address): address is Ipv6Address {
  return typeof address === 'bigint' && address >> 32n === 0xffffn;
}

/** `::ffff:a.b.c.d` as the IPv4 address that it stands for; every other address as it is. */
export function unmapAddress(address: Address): Address {
  return isIpv4MappedAddress(address) ? (Number(address - mappedBase) as Ipv4Address) : address;
}

/** The address in network byte order: 4 or 16 octets, as A and AAAA records carry it. */
export function addressToBytes(address: Address): Uint8Array<ArrayBuffer> {
  if (typeof address === 'number') return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, address >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, address));
  return bytes;
}

/** Reads 4 or 16 octets in network byte order. Throws SM_ADDRESS_INVALID for any other length. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return view.getUint32(0) as Ipv4Address;
  if (bytes.length === 16) return ((view.getBigUint64(0) << 64n) | view.getBigUint64(8)) as Ipv6Address;
  throw new SeamarkError('SM_ADDRESS_INVALID', `${bytes.length} octets are not an address: IPv4 has 4, IPv6 has 16`);
}
