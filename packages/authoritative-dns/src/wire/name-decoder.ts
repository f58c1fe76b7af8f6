import { dnsNameFromWire } from '@seamark/common/model';

import { maxLabelOctets, maxNameOctets, maxPointers } from './limits.ts';
import { MalformedDnsError } from './malformed.ts';

/** A name read from a message, and where reading goes on behind it. */
export interface DecodedName {
  /** Uncompressed wire form, case kept. */
  readonly wire: Uint8Array;
  readonly end: number;
}

const scratch = new Uint8Array(maxNameOctets);

/**
 * Reads a possibly compressed name (RFC 1035 4.1.4) that starts at `start`; neither it nor what it points to may pass `end`.
 * Each pointer must lead to an offset before the part of the name that it ends, so offsets fall strictly and a loop cannot be.
 */
export function decodeName(message: Uint8Array, start: number, end: number): DecodedName {
  let at = start;
  let segmentStart = start;
  let after = -1; // end of the name in place, known once the first pointer is met
  let pointers = 0;
  let length = 0;
  for (;;) {
    if (at >= end) throw new MalformedDnsError('name_ends_early', at);
    const octet = message[at] as number;
    if (octet >= 0xc0) {
      if (at + 1 >= end) throw new MalformedDnsError('name_ends_early', at);
      const target = ((octet & 0x3f) << 8) | (message[at + 1] as number);
      if (target >= segmentStart) throw new MalformedDnsError('pointer_forward', at);
      if (++pointers > maxPointers) throw new MalformedDnsError('pointer_chain', at);
      if (after < 0) after = at + 2;
      at = segmentStart = target;
      continue;
    }
    if (octet > maxLabelOctets) throw new MalformedDnsError('label_type', at);
    if (length + 1 + octet > maxNameOctets) throw new MalformedDnsError('name_too_long', at);
    if (at + 1 + octet > end) throw new MalformedDnsError('name_ends_early', at);
    for (const stop = at + octet; at <= stop; at++) scratch[length++] = message[at] as number;
    if (octet === 0) return { wire: scratch.slice(0, length), end: after < 0 ? at : after };
    // A name whose labels fill all 255 octets has no room for the root.
    if (length >= maxNameOctets) throw new MalformedDnsError('name_too_long', at);
  }
}

/** {@link decodeName} in presentation form. */
export function decodeNameText(message: Uint8Array, start: number, end: number): { readonly name: string; readonly end: number } {
  const decoded = decodeName(message, start, end);
  return { name: dnsNameFromWire(decoded.wire), end: decoded.end };
}
