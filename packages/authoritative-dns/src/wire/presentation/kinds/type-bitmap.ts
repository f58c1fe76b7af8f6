import { recordTypeCode, recordTypeName } from '../../record-type.ts';
import type { FieldKind } from '../field-kind.ts';
import { numberAt } from './numbers.ts';

/** A record type by name (the covered type of RRSIG and SIG). */
export const recordType: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const code = recordTypeCode(text);
    if (code === undefined) return text === '' ? 'is missing' : `"${text}" is not a record type; write TYPEnnn for one without a name`;
    out.uint16(code);
    return undefined;
  },
  end: (_octets, at, end) => (at + 2 <= end ? at + 2 : -1),
  format: (octets, at) => recordTypeName(numberAt(octets, at, 2)),
};

/**
 * Types up to the end, as windows of bits (RFC 4034 4.1.2): each window stands once, in order, with 1 to 32 octets of which the
 * last is not zero. No type at all is allowed (RFC 5155 3.2.1).
 */
export const typeBitmap: FieldKind = {
  parse(input, out) {
    const codes = new Set<number>();
    while (input.left > 0) {
      const { text } = input.take();
      const code = recordTypeCode(text);
      if (code === undefined) return `"${text}" is not a record type; write TYPEnnn for one without a name`;
      codes.add(code);
    }
    const sorted = [...codes].toSorted((a, b) => a - b);
    for (let first = 0; first < sorted.length;) {
      const window = (sorted[first] as number) >>> 8;
      let last = first;
      while (last + 1 < sorted.length && (sorted[last + 1] as number) >>> 8 === window) last++;
      const octets = (((sorted[last] as number) & 0xff) >>> 3) + 1;
      out.uint8(window);
      out.uint8(octets);
      out.octets.fill(0, out.length, out.length + octets);
      for (; first <= last; first++) {
        const low = (sorted[first] as number) & 0xff;
        const at = out.length + (low >>> 3);
        out.octets[at] = (out.octets[at] as number) | (0x80 >>> (low & 7));
      }
      out.length += octets;
    }
    return undefined;
  },
  end(octets, at, end) {
    let place = at;
    for (let window = -1; place < end;) {
      if (place + 2 > end || (octets[place] as number) <= window) return -1;
      window = octets[place] as number;
      const length = octets[place + 1] as number;
      place += 2 + length;
      if (length === 0 || length > 32 || place > end || octets[place - 1] === 0) return -1;
    }
    return place;
  },
  format(octets, at, end) {
    const names: string[] = [];
    for (let place = at; place < end;) {
      const window = octets[place] as number;
      const length = octets[place + 1] as number;
      place += 2;
      for (let bit = 0; bit < length * 8; bit++) {
        if (((octets[place + (bit >>> 3)] as number) & (0x80 >>> (bit & 7))) !== 0) names.push(recordTypeName(window * 256 + bit));
      }
      place += length;
    }
    return names.join(' ');
  },
};
