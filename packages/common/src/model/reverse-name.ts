import { type Address, addressFromBytes, addressToBytes } from './address.ts';
import { tryParseAddress } from './address-text.ts';

/** The name of an address's PTR record, without trailing dot: RFC 1035 3.5 (in-addr.arpa), RFC 3596 2.5 (ip6.arpa). */
export function reverseNameOf(address: Address): string {
  const labels: string[] = [];
  for (const octet of addressToBytes(address)) {
    if (typeof address === 'number') labels.unshift(String(octet));
    else labels.unshift((octet & 15).toString(16), (octet >> 4).toString(16));
  }
  return `${labels.join('.')}.${typeof address === 'number' ? 'in-addr' : 'ip6'}.arpa`;
}

/** The address that a normalised reverse name stands for; `undefined` when it is not the whole name of one address. */
export function addressOfReverseName(name: string): Address | undefined {
  const labels = name.split('.');
  const zone = labels.slice(-2).join('.');
  const digits = labels.slice(0, -2).toReversed();
  if (zone === 'in-addr.arpa' && digits.length === 4) {
    const result = tryParseAddress(digits.join('.'));
    return result.ok ? result.value : undefined;
  }
  if (zone === 'ip6.arpa' && digits.length === 32 && digits.every((digit) => /^[0-9a-f]$/.test(digit))) {
    return addressFromBytes(Buffer.from(digits.join(''), 'hex'));
  }
  return undefined;
}

/** True for a name in one of the two reverse trees, at any depth. */
export function isReverseName(name: string): boolean {
  return name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa');
}
