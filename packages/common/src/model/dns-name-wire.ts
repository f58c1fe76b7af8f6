import { SeamarkError } from '../errors/index.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';

/** Most octets of a label (RFC 1035 2.3.4). */
export const maxLabelOctets = 63;

/** Most octets of a name in wire form, length octets and the root's zero included (RFC 1035 2.3.4). */
export const maxNameOctets = 255;

const backslash = 0x5c;

/** Characters that mean something in a zone file and are written behind a backslash: `"` `$` `(` `)` `.` `;` `@` `\`. */
const quotedOctets = new Set([0x22, 0x24, 0x28, 0x29, 0x2e, 0x3b, 0x40, backslash]);

/**
 * Presentation form → wire form (RFC 1035 3.1, uncompressed). Takes `\X` and `\DDD`, an optional trailing dot, `.` for the root;
 * keeps upper and lower case. The inverse of {@link dnsNameFromWire} for any octets.
 */
export function tryDnsNameToWire(name: string): ParseResult<Uint8Array<ArrayBuffer>> {
  if (name === '.') return parsed(new Uint8Array(1));
  if (name === '') return unparsable('the name is empty');
  const wire = new Uint8Array(maxNameOctets);
  let lengthAt = 0; // where the length octet of the present label goes
  let end = 1;
  for (let at = 0; at < name.length; at++) {
    let octet = name.charCodeAt(at);
    if (octet === 0x2e) {
      if (end - lengthAt === 1) return unparsable(emptyLabelProblem(name));
      wire[lengthAt] = end - lengthAt - 1;
      lengthAt = end++;
      continue;
    }
    if (octet === backslash) {
      const escape = readEscape(name, at);
      if (escape === undefined) return unparsable(`"${name.slice(at, at + 4)}" is not an escape: \\X or \\DDD up to 255`);
      octet = escape.octet;
      at = escape.lastAt;
    } else if (octet > 0x7e || octet < 0x20) {
      return unparsable(`the character at position ${at + 1} is not visible ASCII and not escaped`);
    }
    if (end - lengthAt > maxLabelOctets) {
      return unparsable(`label "${labelTextAt(name, at)}" is longer than ${maxLabelOctets} octets`);
    }
    if (end >= maxNameOctets - 1) return unparsable(`the name is longer than ${maxNameOctets} octets`);
    wire[end++] = octet;
  }
  const labelLength = end - lengthAt - 1;
  if (labelLength === 0) return parsed(wire.slice(0, end)); // a trailing dot: the zero at lengthAt is the root
  wire[lengthAt] = labelLength;
  return parsed(wire.slice(0, end + 1));
}

/** {@link tryDnsNameToWire} that throws SM_NAME_INVALID. */
export function dnsNameToWire(name: string): Uint8Array<ArrayBuffer> {
  const result = tryDnsNameToWire(name);
  if (!result.ok) throw new SeamarkError('SM_NAME_INVALID', `"${name}" is not a DNS name: ${result.problem}`);
  return result.value;
}

/**
 * Wire form → presentation form without trailing dot, `.` for the root. Octets outside visible ASCII become `\DDD`, characters
 * with a meaning in zone files `\X`; case is kept. Compression pointers are not names of their own and are refused.
 * Throws SM_NAME_INVALID when `bytes` is not exactly one name within the limits.
 */
export function dnsNameFromWire(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length && bytes.length <= maxNameOctets) {
    const length = bytes[at] as number;
    if (length === 0 && at === bytes.length - 1) return at === 0 ? '.' : text;
    const end = at + 1 + length;
    if (length === 0 || length > maxLabelOctets || end >= bytes.length) break;
    text = appendLabelText(text, bytes.subarray(at + 1, end));
    at = end;
  }
  throw new SeamarkError('SM_NAME_INVALID', `${bytes.length} octets are not one DNS name in wire form (stopped at octet ${at})`);
}

/** `text`, a dot when there is text, and the label in presentation form. */
export function appendLabelText(text: string, label: Uint8Array): string {
  let result = text === '' ? '' : `${text}.`;
  for (const octet of label) {
    if (octet <= 0x20 || octet > 0x7e) result += `\\${String(octet).padStart(3, '0')}`;
    else if (quotedOctets.has(octet)) result += `\\${String.fromCharCode(octet)}`;
    else result += String.fromCharCode(octet);
  }
  return result;
}

function readEscape(name: string, at: number): { octet: number; lastAt: number } | undefined {
  const digits = /^[0-9]{3}/.exec(name.slice(at + 1, at + 4));
  if (digits !== null) return Number(digits[0]) <= 255 ? { octet: Number(digits[0]), lastAt: at + 3 } : undefined;
  const octet = name.charCodeAt(at + 1);
  if (!(octet >= 0x20 && octet <= 0x7e) || (octet >= 0x30 && octet <= 0x39)) return undefined;
  return { octet, lastAt: at + 1 };
}

function emptyLabelProblem(name: string): string {
  return name.startsWith('.') ? 'it starts with a dot' : 'it contains an empty label ("..")';
}

/** The label around a position, shortened for a message. */
function labelTextAt(name: string, at: number): string {
  const start = name.lastIndexOf('.', at) + 1;
  const dot = name.indexOf('.', at);
  const label = name.slice(start, dot < 0 ? undefined : dot);
  return label.length > 40 ? `${label.slice(0, 40)}…` : label;
}
