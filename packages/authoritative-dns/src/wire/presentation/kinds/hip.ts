import type { FieldKind } from '../field-kind.ts';
import { encoded, octetsOfBase64, octetsOfHex } from './blobs.ts';
import { plainNames } from './names.ts';
import { numberAt, parseDecimal } from './numbers.ts';

/** The whole RDATA of HIP (RFC 8005 5): algorithm, HIT in hex, public key in base64, rendezvous servers. */
export const hostIdentity: FieldKind = {
  parse(input, out) {
    const algorithm = parseDecimal(input.take().text, 255);
    if (algorithm < 0) return 'does not start with an algorithm, a number from 0 to 255';
    const hit = octetsOfHex(input.take().text);
    if (hit === undefined || hit.length === 0 || hit.length > 255) return 'has no HIT in hex behind the algorithm';
    const key = octetsOfBase64(input.take().text);
    if (key === undefined || key.length === 0) return 'has no public key in base64, without blanks, behind the HIT';
    if (!out.fits(4 + hit.length + key.length)) return 'is longer than 65535 octets';
    out.uint8(hit.length);
    out.uint8(algorithm);
    out.uint16(key.length);
    out.append(hit);
    out.append(key);
    return plainNames.parse(input, out);
  },
  end(octets, at, end) {
    if (at + 4 > end) return -1;
    const hitLength = octets[at] as number;
    const keyLength = numberAt(octets, at + 2, 2);
    const namesAt = at + 4 + hitLength + keyLength;
    return hitLength === 0 || keyLength === 0 || namesAt > end ? -1 : plainNames.end(octets, namesAt, end);
  },
  format(octets, at, end) {
    const hitEnd = at + 4 + (octets[at] as number);
    const keyEnd = hitEnd + numberAt(octets, at + 2, 2);
    const words = [String(octets[at + 1]), encoded(octets, at + 4, hitEnd, 'hex'), encoded(octets, hitEnd, keyEnd, 'base64')];
    return [...words, ...(keyEnd === end ? [] : [plainNames.format(octets, keyEnd, end)])].join(' ');
  },
};
