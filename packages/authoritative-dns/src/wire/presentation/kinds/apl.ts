import { addressFromBytes, addressToBytes, formatAddress, tryParseAddress } from '@seamark/common/model';

import type { FieldKind } from '../field-kind.ts';
import { numberAt } from './numbers.ts';

/** Address prefixes up to the end (RFC 3123): `[!]family:address/prefix`, families 1 (IPv4) and 2 (IPv6). None is allowed. */
export const addressPrefixes: FieldKind = {
  parse(input, out) {
    while (input.left > 0) {
      const { text } = input.take();
      const parts = /^(!?)([12]):([^/]+)\/([0-9]{1,3})$/.exec(text);
      const address = parts === null ? undefined : tryParseAddress(parts[3] as string);
      const family = Number(parts?.[2]);
      const prefix = Number(parts?.[4]);
      if (address?.ok !== true || (typeof address.value === 'number') !== (family === 1) || prefix > (family === 1 ? 32 : 128)) {
        return `"${text}" is not of the form [!]1:192.0.2.0/24 or [!]2:2001:db8::/32`;
      }
      const octets = addressToBytes(address.value);
      const length = octets.findLastIndex((octet) => octet !== 0) + 1; // trailing zero octets are not sent (RFC 3123 4)
      if (!out.fits(4 + length)) return 'is longer than 65535 octets';
      out.uint16(family);
      out.uint8(prefix);
      out.uint8((parts?.[1] === '!' ? 0x80 : 0) | length);
      out.append(octets.subarray(0, length));
    }
    return undefined;
  },
  end(octets, at, end) {
    let place = at;
    while (place < end) {
      if (place + 4 > end) return -1;
      const family = numberAt(octets, place, 2);
      const length = (octets[place + 3] as number) & 0x7f;
      const most = family === 1 ? 4 : family === 2 ? 16 : -1;
      if (length > most || (octets[place + 2] as number) > most * 8) return -1;
      place += 4 + length;
      if (place > end || (length > 0 && octets[place - 1] === 0)) return -1;
    }
    return place;
  },
  format(octets, at, end) {
    const items: string[] = [];
    for (let place = at; place < end;) {
      const family = numberAt(octets, place, 2);
      const flags = octets[place + 3] as number;
      const address = new Uint8Array(family === 1 ? 4 : 16);
      address.set(octets.subarray(place + 4, place + 4 + (flags & 0x7f)));
      items.push(`${flags >= 0x80 ? '!' : ''}${family}:${formatAddress(addressFromBytes(address))}/${octets[place + 2]}`);
      place += 4 + (flags & 0x7f);
    }
    return items.join(' ');
  },
};
