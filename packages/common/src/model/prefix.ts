import { SeamarkError } from '../errors/index.ts';
import { type Address, addressBits, type Ipv4Address, type Ipv6Address, isIpv4MappedAddress, unmapAddress } from './address.ts';
import { formatAddress, tryParseAddress } from './address-text.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';

/** A CIDR prefix. `address` has all host bits zero; `bits` is 0..32 or 0..128. */
export type Prefix =
  | { readonly family: 'IPv4'; readonly address: Ipv4Address; readonly bits: number }
  | { readonly family: 'IPv6'; readonly address: Ipv6Address; readonly bits: number };

/** The prefix of `bits` bits that contains an address; host bits are cut. Throws SM_ADDRESS_INVALID when `bits` does not fit. */
export function prefixOf(address: Address, bits: number): Prefix {
  const family = typeof address === 'number' ? 'IPv4' : 'IPv6';
  if (!Number.isInteger(bits) || bits < 0 || bits > addressBits(family)) {
    throw new SeamarkError('SM_ADDRESS_INVALID', `${bits} is not a prefix length of ${family}: it must be in 0..${addressBits(family)}`);
  }
  if (typeof address === 'number') {
    const size = 2 ** (32 - bits);
    return { family: 'IPv4', address: (address - (address % size)) as Ipv4Address, bits };
  }
  const hostBits = BigInt(128 - bits);
  return { family: 'IPv6', address: ((address >> hostBits) << hostBits) as Ipv6Address, bits };
}

/**
 * Reads `ADDRESS/LENGTH` as Go's net.ParseCIDR does: host bits are cut (`40.0.0.100/25` is `40.0.0.0/25`), leading zeros in the
 * length are tolerated, blanks, signs, masks and zones are not. An IPv4-mapped prefix of at least 96 bits is the IPv4 prefix.
 */
export function tryParsePrefix(text: string): ParseResult<Prefix> {
  const slash = text.indexOf('/');
  if (slash < 0) {
    const alone = tryParseAddress(text);
    if (!alone.ok) return text === '' ? unparsable('it is empty') : unparsable(`it has no prefix length and ${alone.problem}`);
    return unparsable(`it has no prefix length: write ${text}/${typeof alone.value === 'number' ? 32 : 128} for this one address`);
  }
  const address = tryParseAddress(text.slice(0, slash));
  if (!address.ok) return unparsable(`before the slash: ${address.problem}`);
  const length = text.slice(slash + 1);
  if (!/^[0-9]+$/.test(length)) return unparsable(`"${length}" behind the slash is not a prefix length`);
  const bits = Number(length);
  const most = typeof address.value === 'number' ? 32 : 128;
  if (bits > most) return unparsable(`prefix length ${bits} is above ${most}`);
  if (isIpv4MappedAddress(address.value) && bits >= 96) return parsed(prefixOf(unmapAddress(address.value), bits - 96));
  return parsed(prefixOf(address.value, bits));
}

/** {@link tryParsePrefix} that throws SM_ADDRESS_INVALID. */
export function parsePrefix(text: string): Prefix {
  const result = tryParsePrefix(text);
  if (!result.ok) throw new SeamarkError('SM_ADDRESS_INVALID', `"${text}" is not a CIDR prefix: ${result.problem}`);
  return result.value;
}

/** `192.0.2.0/24`, with the address in canonical text. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.bits}`;
}

/** True when the address is of the prefix's family and inside it. */
export function prefixContains(prefix: Prefix, address: Address): boolean {
  if (typeof address === 'number') {
    return prefix.family === 'IPv4' && address >= prefix.address && address < prefix.address + 2 ** (32 - prefix.bits);
  }
  return prefix.family === 'IPv6' && (address ^ prefix.address) >> BigInt(128 - prefix.bits) === 0n;
}
