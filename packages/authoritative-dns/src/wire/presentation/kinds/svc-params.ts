import type { FieldKind } from '../field-kind.ts';
import { numberAt, parseDecimal } from './numbers.ts';
import { octetsOfSvcValue, svcKeyName, svcKeyNames, textOfSvcValue, svcValueIsWhole } from './svc-values.ts';

const mandatory = 0;
const alpn = 1;
const noDefaultAlpn = 2;

/** The parameters of SVCB and HTTPS up to the end (RFC 9460 2.1, 2.2): each key once, in ascending order on the wire. */
export const svcParams: FieldKind = {
  parse(input, out) {
    const params = new Map<number, Uint8Array>();
    while (input.left > 0) {
      const { text } = input.take();
      const equals = text.indexOf('=');
      const keyText = equals < 0 ? text : text.slice(0, equals);
      const key = keyOf(keyText);
      if (key < 0) return `"${keyText}" is not a key: ${[...svcKeyNames.values()].join(', ')}, or keyNNNNN`;
      if (params.has(key)) return `has the key ${svcKeyName(key)} twice`;
      const value = equals < 0 ? undefined : unquote(text.slice(equals + 1));
      if (value !== undefined && hasQuote(value)) return `${svcKeyName(key)} has a quote within its value: quote all of it, or write \\"`;
      const octets = octetsOfSvcValue(key, value);
      if (typeof octets === 'string') return `${svcKeyName(key)} ${octets}`;
      params.set(key, octets);
    }
    const inconsistency = inconsistencyOf(params);
    if (inconsistency !== undefined) return inconsistency;
    for (const [key, value] of [...params].toSorted(([a], [b]) => a - b)) {
      if (!out.fits(4 + value.length)) return 'is longer than 65535 octets';
      out.uint16(key);
      out.uint16(value.length);
      out.append(value);
    }
    return undefined;
  },
  end(octets, at, end) {
    const params = new Map<number, Uint8Array>();
    let last = -1;
    let place = at;
    while (place < end) {
      if (place + 4 > end) return -1;
      const key = numberAt(octets, place, 2);
      const stop = place + 4 + numberAt(octets, place + 2, 2);
      if (key <= last || stop > end) return -1;
      const value = octets.subarray(place + 4, stop);
      if (!svcValueIsWhole(key, value)) return -1;
      params.set(key, value);
      last = key;
      place = stop;
    }
    return inconsistencyOf(params) === undefined ? place : -1;
  },
  format(octets, at, end) {
    const words: string[] = [];
    for (let place = at; place < end;) {
      const key = numberAt(octets, place, 2);
      const stop = place + 4 + numberAt(octets, place + 2, 2);
      const value = textOfSvcValue(key, octets.subarray(place + 4, stop));
      words.push(value === undefined ? svcKeyName(key) : `${svcKeyName(key)}=${value}`);
      place = stop;
    }
    return words.join(' ');
  },
};

function keyOf(text: string): number {
  const lower = text.toLowerCase();
  for (const [key, name] of svcKeyNames) if (name === lower) return key;
  if (!lower.startsWith('key')) return -1;
  const key = parseDecimal(lower.slice(3), 0xfffe); // 65535 is reserved as invalid (RFC 9460 14.3.2)
  return key > 0 && lower[3] === '0' ? -1 : key;
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** A value is one string, quoted as a whole or not at all (RFC 9460 2.1): any other quote must be escaped. */
function hasQuote(value: string): boolean {
  for (let at = value.indexOf('"'); at >= 0; at = value.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (value[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return true;
  }
  return false;
}

/**
 * What keeps parameters from agreeing with each other (RFC 9460 2.4.3): a key that `mandatory` names is missing or is itself (8), or
 * `no-default-alpn` stands without `alpn` (7.1.1).
 */
function inconsistencyOf(params: ReadonlyMap<number, Uint8Array>): string | undefined {
  if (params.has(noDefaultAlpn) && !params.has(alpn)) return 'no-default-alpn needs alpn beside it (RFC 9460 7.1.1)';
  const keys = params.get(mandatory);
  if (keys === undefined) return undefined;
  for (let at = 0; at + 2 <= keys.length; at += 2) {
    const key = numberAt(keys, at, 2);
    if (key === mandatory || !params.has(key)) return `mandatory names ${svcKeyName(key)}, which is not among the parameters`;
  }
  return undefined;
}
