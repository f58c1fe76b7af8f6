import { addressFromBytes, addressToBytes, formatAddress, tryParseAddress } from '@seamark/common/model';

import type { FieldKind } from '../field-kind.ts';

const hasOctets =
  (count: number): FieldKind['end'] =>
  (_octets, at, end) =>
    at + count <= end ? at + count : -1;

const formatIp: FieldKind['format'] = (octets, at, end) => formatAddress(addressFromBytes(octets.subarray(at, end)));

/** Four octets in dotted decimal. */
export const ip4: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const start = out.length;
    let octet = -1;
    for (let at = 0; at <= text.length; at++) {
      const character = at < text.length ? text.charCodeAt(at) : 0x2e;
      if (character === 0x2e) {
        if (octet < 0 || out.length === start + 4) return notAddress(text, 'IPv4');
        out.uint8(octet);
        octet = -1;
      } else {
        const digit = character - 0x30;
        // No leading zeros: some read them as octal.
        if (!(digit >= 0 && digit <= 9) || octet === 0) return notAddress(text, 'IPv4');
        octet = octet < 0 ? digit : octet * 10 + digit;
        if (octet > 255) return notAddress(text, 'IPv4');
      }
    }
    return out.length === start + 4 ? undefined : notAddress(text, 'IPv4');
  },
  end: hasOctets(4),
  format: (octets, at) => `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`,
};

/** Sixteen octets in RFC 4291 text, written as RFC 5952 has it. */
export const ip6: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const address = tryParseAddress(text);
    if (!address.ok || typeof address.value !== 'bigint') return notAddress(text, 'IPv6');
    out.append(addressToBytes(address.value));
    return undefined;
  },
  end: hasOctets(16),
  format: formatIp,
};

function notAddress(text: string, family: string): string {
  return text === '' ? 'is missing' : `"${text}" is not an ${family} address`;
}

function grouped(octets: number, perGroup: number, separator: string): FieldKind {
  const groups = octets / perGroup;
  const form = Array.from({ length: groups }, () => 'x'.repeat(perGroup * 2)).join(separator);
  // Groups of one octet are always two digits; RFC 6742 lets leading zeros of the longer ones be left out.
  const digits = perGroup === 1 ? '{2}' : `{1,${perGroup * 2}}`;
  const pattern = new RegExp(`^[0-9a-f]${digits}(?:${separator}[0-9a-f]${digits}){${groups - 1}}$`, 'i');
  return {
    parse(input, out) {
      const { text } = input.take();
      if (!pattern.test(text)) return text === '' ? 'is missing' : `"${text}" is not of the form ${form} in hex`;
      const hex = text.split(separator).map((group) => group.padStart(perGroup * 2, '0'));
      out.append(Buffer.from(hex.join(''), 'hex'));
      return undefined;
    },
    end: hasOctets(octets),
    format(all, at, end) {
      const parts: string[] = [];
      for (let place = at; place < end; place += perGroup) parts.push(Buffer.from(all.subarray(place, place + perGroup)).toString('hex'));
      return parts.join(separator);
    },
  };
}

/** EUI-48 (RFC 7043 3.2): six octets with hyphens. */
export const eui48 = grouped(6, 1, '-');
/** EUI-64 (RFC 7043 4.2). */
export const eui64 = grouped(8, 1, '-');
/** A node or locator of ILNP (RFC 6742 2.1.2): four groups of 16 bits with colons. */
export const ilnp64 = grouped(8, 2, ':');
