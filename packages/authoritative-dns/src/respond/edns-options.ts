import type { ExtendedError } from '../chain/response.ts';
import { optOctets, ownUdpPayloadOctets } from '../wire/limits.ts';
import type { EdnsOption } from '../wire/message.ts';
import { ednsOptionCodes } from '../wire/protocol-codes.ts';
import { recordTypes } from '../wire/record-type.ts';

/** Octets of an option's code and length. */
export const optionHeaderOctets = 4;

const encoder = new TextEncoder();

/** An extended DNS error as an option (RFC 8914 2). */
export function extendedErrorOption({ code, text = '' }: ExtendedError): EdnsOption {
  const words = encoder.encode(text);
  const data = new Uint8Array(2 + words.length);
  data[0] = code >>> 8;
  data[1] = code;
  data.set(words, 2);
  return { code: ednsOptionCodes.extendedError, data };
}

/** How long a connection may stay idle, in units of 100 ms (RFC 7828 3.1). */
export function keepaliveOption(idleTimeoutMs = 10_000): EdnsOption {
  const units = Math.min(0xffff, Math.floor(idleTimeoutMs / 100));
  return { code: ednsOptionCodes.keepalive, data: Uint8Array.of(units >>> 8, units & 0xff) };
}

/** Octets of an OPT record with these options. */
export function optLength(options: readonly EdnsOption[]): number {
  let length = optOctets;
  for (const { data } of options) length += optionHeaderOctets + data.length;
  return length;
}

/** The options, without as many of the last ones as have no room in an OPT record of `octets`. */
export function optionsWithin(options: readonly EdnsOption[], octets: number): readonly EdnsOption[] {
  let kept = options;
  while (kept.length > 0 && optLength(kept) > octets) kept = kept.slice(0, -1);
  return kept;
}

/**
 * Appends OPT with our own payload size and version 0, and with a padding option of `padding` octets unless that is negative.
 * Returns the end.
 */
export function writeOptRecord(
  out: Uint8Array,
  offset: number,
  extendedCode: number,
  dnssecOk: boolean,
  options: readonly EdnsOption[],
  padding: number,
): number {
  const length = optLength(options) - optOctets + (padding < 0 ? 0 : optionHeaderOctets + padding);
  let at = offset;
  out[at++] = 0;
  out[at++] = 0;
  out[at++] = recordTypes.OPT;
  out[at++] = ownUdpPayloadOctets >>> 8;
  out[at++] = ownUdpPayloadOctets & 0xff;
  out[at++] = extendedCode;
  out[at++] = 0; // version
  out[at++] = dnssecOk ? 0x80 : 0;
  out[at++] = 0;
  out[at++] = length >>> 8;
  out[at++] = length;
  for (const { code, data } of options) {
    at = writeOptionHeader(out, at, code, data.length);
    out.set(data, at);
    at += data.length;
  }
  if (padding >= 0) {
    at = writeOptionHeader(out, at, ednsOptionCodes.padding, padding);
    out.fill(0, at, at + padding);
    at += padding;
  }
  return at;
}

function writeOptionHeader(out: Uint8Array, at: number, code: number, length: number): number {
  out[at] = code >>> 8;
  out[at + 1] = code;
  out[at + 2] = length >>> 8;
  out[at + 3] = length;
  return at + optionHeaderOctets;
}
