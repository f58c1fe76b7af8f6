import { domainToASCII } from 'node:url';

import { SeamarkError } from '../errors/index.ts';
import { appendLabelText, tryDnsNameToWire } from './dns-name-wire.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';

/** The full stop and the three characters that IDNA takes for it (RFC 3490 3.1). */
const idnaDots = /[.\u3002\uff0e\uff61]/u;

/** A name that needs no work: lower-case letters, digits, hyphens, underscores, asterisks; labels and name within the limits. */
const plainName = /^(?=.{1,253}$)[a-z0-9_*-]{1,63}(?:\.[a-z0-9_*-]{1,63})*$/;

/**
 * Brings a name as people write it to the one form that Seamark stores and compares: ASCII, lower case, without trailing dot, in
 * presentation form (RFC 1035 5.1 escapes); the root is `.`. Blanks around it are cut.
 *
 * Accepted as by ExternalDNS: wildcards, underscores, any visible ASCII character, and Unicode labels, which become A-labels by
 * UTS 46. One deviation, on purpose: `ß`, `ς` and joiners are kept as IDNA 2008 has it (`faß.de` is `xn--fa-hia.de`), because every
 * browser asks for that name, while ExternalDNS maps them away. Refused: empty labels, a label above 63 octets, a name above 255
 * octets in wire form, unescaped blanks and control characters, and labels that IDNA forbids.
 */
export function tryNormalizeDnsName(text: string): ParseResult<string> {
  if (plainName.test(text)) return parsed(text);
  const trimmed = text.trim();
  if (trimmed === '') return unparsable('the name is empty');
  if (trimmed === '.') return parsed(trimmed);

  const labels: string[] = [];
  for (const label of splitLabels(trimmed)) {
    const ascii = toAsciiLabel(label);
    if (!ascii.ok) return ascii;
    labels.push(ascii.value);
  }
  if (labels.length > 1 && labels.at(-1) === '') labels.pop(); // the final dot

  if (labels.includes('')) return unparsable(labels[0] === '' ? 'it starts with a dot' : 'it contains an empty label ("..")');
  const wire = tryDnsNameToWire(labels.join('.'));
  return wire.ok ? parsed(presentationOfLowerCased(wire.value)) : wire;
}

/** {@link tryNormalizeDnsName} that throws SM_NAME_INVALID. */
export function normalizeDnsName(text: string): string {
  const result = tryNormalizeDnsName(text);
  if (!result.ok) throw new SeamarkError('SM_NAME_INVALID', `"${text}" is not a DNS name: ${result.problem}`);
  return result.value;
}

/** The labels of a normalised name from left to right, escapes kept; none for the root. */
export function dnsNameLabels(name: string): string[] {
  if (name === '.') return [];
  return name.includes('\\') ? splitLabels(name) : name.split('.');
}

/** The name one label up: `example.org` of `web.example.org`, `.` of a single label, `undefined` of the root. */
export function parentDnsName(name: string): string | undefined {
  if (name === '.') return undefined;
  const dot = name.includes('\\') ? firstLabelEnd(name) : name.indexOf('.');
  return dot < 0 || dot === name.length ? '.' : name.slice(dot + 1);
}

/** True when `name` is `ancestor` or stands below it, by whole labels: `xexample.org` is not below `example.org`. Both normalised. */
export function isSubdomainOf(name: string, ancestor: string): boolean {
  if (ancestor === '.' || name === ancestor) return true;
  const boundary = name.length - ancestor.length - 1;
  return boundary >= 0 && name.endsWith(ancestor) && name[boundary] === '.' && !isEscaped(name, boundary);
}

/** True when the leftmost label is the wildcard `*` (RFC 4592 2.1.1); an escaped or embedded asterisk is not one. */
export function isWildcardDnsName(name: string): boolean {
  return name === '*' || name.startsWith('*.');
}

/** Splits at the dots (and IDNA's dots) that no backslash escapes. */
function splitLabels(text: string): string[] {
  const labels: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\\') {
      at++;
    } else if (idnaDots.test(character)) {
      labels.push(text.slice(start, at));
      start = at + 1;
    }
  }
  labels.push(text.slice(start));
  return labels;
}

function firstLabelEnd(name: string): number {
  let at = 0;
  while (at < name.length && name[at] !== '.') at += name[at] === '\\' ? 2 : 1;
  return at;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function toAsciiLabel(label: string): ParseResult<string> {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const unfit = /[\u0000-\u0020\u007f]/.exec(label);
  if (unfit !== null && !isEscaped(label, unfit.index)) {
    return unparsable(`label ${JSON.stringify(label)} contains ${/\s/.test(unfit[0]) ? 'a blank' : 'a control character'}`);
  }
  if (/^[\u0021-\u007e]*$/.test(label)) return parsed(label);
  // A second label keeps the URL parser from reading a numeric label as an IPv4 address ('１' would become 0.0.0.1).
  const ascii = domainToASCII(`${label}.x`);
  const end = ascii.length - 2;
  if (end <= 0 || ascii.indexOf('.') !== end) return unparsable(`label "${label}" is not allowed by IDNA`);
  return parsed(ascii.slice(0, end));
}

function presentationOfLowerCased(wire: Uint8Array): string {
  let text = '';
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
    const label = wire.slice(at + 1, at + 1 + (wire[at] as number));
    for (let index = 0; index < label.length; index++) {
      const octet = label[index] as number;
      if (octet >= 0x41 && octet <= 0x5a) label[index] = octet + 0x20;
    }
    text = appendLabelText(text, label);
  }
  return text === '' ? '.' : text;
}
