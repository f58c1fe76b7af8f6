import { optOctets, ownUdpPayloadOctets } from '../wire/limits.ts';
import { ednsOptionCodes } from '../wire/protocol-codes.ts';
import { recordTypes } from '../wire/record-type.ts';

/** Octets of an extended DNS error option without text (RFC 8914 2): code, length, INFO-CODE. */
const extendedErrorOctets = 6;

/**
 * Appends OPT with our own payload size and version 0; the client's options are never echoed. `extendedError` is an INFO-CODE of
 * RFC 8914, or negative for none. Returns the end.
 */
export function writeOpt(out: Uint8Array, offset: number, extendedCode: number, dnssecOk: boolean, extendedError: number): number {
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
  out[at++] = 0;
  out[at++] = extendedError < 0 ? 0 : extendedErrorOctets;
  if (extendedError < 0) return offset + optOctets;
  out[at++] = 0;
  out[at++] = ednsOptionCodes.extendedError;
  out[at++] = 0;
  out[at++] = 2;
  out[at++] = extendedError >>> 8;
  out[at++] = extendedError;
  return at;
}
