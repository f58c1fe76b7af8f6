import { maxNameOctets } from '../../limits.ts';
import type { FieldKind } from '../field-kind.ts';
import { nameProblem, nameToText, writeNameText } from '../name-text.ts';

/** Where the uncompressed name at `at` ends, −1 when it runs past `end`, is too long or has a reserved label type. */
export function nameEnd(octets: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + maxNameOctets);
  for (let place = at; place < limit;) {
    const length = octets[place] as number;
    if (length === 0) return place + 1;
    if (length > 63) return -1;
    place += length + 1;
  }
  return -1;
}

function nameKind(compression: NonNullable<FieldKind['compression']>): FieldKind {
  return {
    compression,
    parse(input, out) {
      const end = writeNameText(input.take().text, input.origin, out.octets, out.length);
      if (end < 0) return nameProblem;
      out.length = end;
      return undefined;
    },
    end: nameEnd,
    format: nameToText,
  };
}

/** A name of an RFC 1035 type: compressed by senders, and by receivers expected to be. */
export const compressedName = nameKind('both');
/** A name of the other types of RFC 3597 section 4, of KX and DNAME, which old senders compressed: written in full, read either way. */
export const expandedName = nameKind('receive');
/** A name of a later type, never compressed. */
export const plainName = nameKind('none');

/** Names up to the end; none is allowed. */
export const plainNames: FieldKind = {
  parse(input, out) {
    while (input.left > 0) {
      if (!out.fits(maxNameOctets)) return 'are longer than 65535 octets';
      const problem = plainName.parse(input, out);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  end(octets, at, end) {
    let place = at;
    while (place >= 0 && place < end) place = nameEnd(octets, place, end);
    return place;
  },
  format(octets, at, end) {
    const names: string[] = [];
    for (let place = at; place < end; place = nameEnd(octets, place, end)) names.push(nameToText(octets, place));
    return names.join(' ');
  },
};
