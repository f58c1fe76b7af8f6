import { dnsNameFromWire, dnsNameToWire, type ParseResult, parsed } from '@seamark/common/model';
import { skydnsKeyOf, tryParseSkydnsKey } from '@seamark/kv-store-client/skydns';

/** A key as a name. Overwritten by the next reading where {@link readKeyName} says so. */
export interface KeyName {
  /** Lower-case wire form. */
  readonly name: Uint8Array;
  /**
   * The key with every label in its one form (lower case, escapes as {@link skydnsKeyOf} writes them): what keys are ordered and
   * compared by. The key itself for nearly every key.
   */
  readonly path: string;
}

const maxNameOctets = 255;
const maxLabelOctets = 63;
const slash = 0x2f;
const wire = new Uint8Array(maxNameOctets);

/**
 * The name that a key stands for, leaf included. Keys of lower-case letters, digits, `-`, `_` and `*` take one pass; others the
 * reader of the SkyDNS codec. `name` is valid until the next call.
 */
export function readKeyName(prefix: string, key: string): ParseResult<KeyName> {
  const start = key.startsWith(prefix) ? readPlain(key, prefix.length) : -1;
  if (start >= 0) return parsed({ name: wire.subarray(start), path: key });
  const read = tryParseSkydnsKey(prefix, key);
  if (!read.ok) return read;
  return parsed({ name: dnsNameToWire(read.value), path: skydnsKeyOf(prefix, read.value) });
}

/** The {@link KeyName.path} of a name in wire form. */
export function pathOfName(prefix: string, name: Uint8Array): string {
  return skydnsKeyOf(prefix, dnsNameFromWire(name));
}

/** Writes the reversed segments from the end of `wire`; returns where the name starts, -1 when the key is not plain or no name. */
function readPlain(key: string, from: number): number {
  let at = maxNameOctets - 1;
  wire[at] = 0;
  let segment = from;
  for (let end = from; end <= key.length; end++) {
    if (end < key.length) {
      const code = key.charCodeAt(end);
      if (code !== slash) {
        if (!isPlainOctet(code)) return -1;
        continue;
      }
    }
    const length = end - segment;
    if (length === 0 || length > maxLabelOctets || at - length - 1 < 0) return -1;
    at -= length;
    for (let index = 0; index < length; index++) wire[at + index] = key.charCodeAt(segment + index);
    wire[--at] = length;
    segment = end + 1;
  }
  return at;
}

/** Whether a character of a key is the octet of a name, and in its one form. */
export function isPlainOctet(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f || code === 0x2a;
}
