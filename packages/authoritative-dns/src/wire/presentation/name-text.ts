import { appendLabelText } from './label-text.ts';
import { readEscape } from './char-string-text.ts';
import { maxLabelOctets, maxNameOctets } from '../limits.ts';

const dot = 0x2e;
const backslash = 0x5c;

/** Why the last {@link writeNameText} failed; kept aside so that the many names that are right cost no object. */
export let nameProblem = '';

/**
 * Appends the wire form of a name as zone files write it (RFC 1035 5.1) to `into` from `at` on, where 255 octets must have room:
 * `@` is the origin, a name without final dot is relative to it. Keeps the case unless `lowerCase`. Returns where the name ends, or
 * −1 and says why in {@link nameProblem}.
 */
export function writeNameText(text: string, origin: Uint8Array | undefined, into: Uint8Array, at: number, lowerCase = false): number {
  const { length } = text;
  if (length === 1) {
    if (text === '.') {
      into[at] = 0;
      return at + 1;
    }
    if (text === '@') return appendOrigin(origin, into, at, at);
  }
  if (length === 0) return failed('is missing');
  // Length octets and labels, 255 with the root: this end is where the root's zero goes at the latest.
  const limit = at + maxNameOctets - 1;
  let lengthAt = at;
  let end = at + 1;
  for (let index = 0; index < length; index++) {
    let octet = text.charCodeAt(index);
    if (octet === dot) {
      const label = end - lengthAt - 1;
      if (label === 0) return failed(`"${text}" has an empty label: two dots in a row, or one at the start`);
      if (label > maxLabelOctets) return failed(`"${text}" has a label of ${label} octets; ${maxLabelOctets} is the most`);
      into[lengthAt] = label;
      lengthAt = end++;
      continue;
    }
    if (octet === backslash) {
      octet = readEscape(text, index);
      if (octet < 0) return failed(`"${text}" has "${text.slice(index, index + 4)}", which is no escape: write \\X, or \\DDD up to 255`);
      const second = text.charCodeAt(index + 1);
      index += second >= 0x30 && second <= 0x39 ? 3 : 1;
    } else if (octet > 0xff) {
      return failed(`"${text}" has a character that is not one octet; write international names as A-labels (xn--…)`);
    }
    if (end >= limit) return failed(`"${text}" is longer than ${maxNameOctets} octets`);
    into[end++] = lowerCase && octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
  }
  const label = end - lengthAt - 1;
  if (label === 0) {
    into[lengthAt] = 0; // the final dot
    return end;
  }
  if (label > maxLabelOctets) return failed(`"${text}" has a label of ${label} octets; ${maxLabelOctets} is the most`);
  into[lengthAt] = label;
  return appendOrigin(origin, into, at, end);
}

/** The wire form of a name text; `undefined` and {@link nameProblem} when it is none. */
export function nameFromText(text: string, origin: Uint8Array | undefined, lowerCase = false): Uint8Array | undefined {
  const wire = new Uint8Array(maxNameOctets);
  const end = writeNameText(text, origin, wire, 0, lowerCase);
  return end < 0 ? undefined : wire.slice(0, end);
}

/** The text of the name in uncompressed wire form that starts at `start`, with its final dot. */
export function nameToText(octets: Uint8Array, start = 0): string {
  let text = '';
  for (let at = start; ;) {
    const length = octets[at] ?? 0;
    if (length === 0) return text === '' ? '.' : text;
    text = `${appendLabelText(text, octets, at + 1, at + 1 + length)}.`;
    at += length + 1;
  }
}

function appendOrigin(origin: Uint8Array | undefined, into: Uint8Array, start: number, end: number): number {
  if (origin === undefined) return failed('is relative, and there is no origin: end it with a dot, or set $ORIGIN');
  if (end - start + origin.length > maxNameOctets) return failed(`is longer than ${maxNameOctets} octets with its origin`);
  for (let index = 0; index < origin.length; index++) into[end + index] = origin[index] as number;
  return end + origin.length;
}

function failed(problem: string): number {
  nameProblem = problem;
  return -1;
}
