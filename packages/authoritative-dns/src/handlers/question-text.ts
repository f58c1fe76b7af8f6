import { recordTypeName } from '../wire/record-type.ts';

/** Octets that stand behind a backslash in names of CoreDNS's log; a space is among them. */
const quoted = new Set(Buffer.from(' .\'@;()"\\'));

const classNames: Readonly<Record<number, string>> = { 1: 'IN', 2: 'CS', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

/** A name in wire form as CoreDNS logs it: with the final dot. */
export function absoluteNameText(name: Uint8Array): string {
  if (name.length <= 1) return '.';
  let text = '';
  for (let at = 0; at < name.length - 1;) {
    const end = at + 1 + (name[at] as number);
    for (at += 1; at < end; at++) text += octetText(name[at] as number);
    text += '.';
  }
  return text;
}

/** `IN`, `CH`, or `CLASS17`. */
export function classText(code: number): string {
  return classNames[code] ?? `CLASS${code}`;
}

/** `AAAA`, or `TYPE65280`. */
export function typeText(code: number): string {
  return code === 0 ? 'None' : recordTypeName(code);
}

function octetText(octet: number): string {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  return quoted.has(octet) ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
}
