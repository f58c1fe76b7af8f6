import { maxLabels, maxMessageOctets, pointerOffsetEnd } from './limits.ts';

/** Slots of the compression table; a message of 64 KiB with more different names than half of this compresses the rest less well. */
const tableSlots = 2048;

/** Options of {@link MessageWriter.start}. */
export interface MessageWriterOptions {
  /**
   * True: a name is only compressed onto one with the same case, so decoding gives back what was written. False (what servers do):
   * onto any equal name, so that answers share the suffix of a question in mixed case.
   */
  readonly caseSensitive: boolean;
}

const labelStarts = new Uint8Array(maxLabels + 1);
const suffixHashes = new Uint32Array(maxLabels + 1);

/** ASCII lower case of one octet (RFC 4343 3). */
export function lowerCaseOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

/**
 * Writes the parts of a message into a reused buffer and remembers where names stand, to compress later ones (RFC 1035 4.1.4).
 * Writing past the end of the buffer writes nothing and moves {@link MessageWriter.offset} all the same: the caller compares
 * `offset` with its limit after each record and goes back with {@link MessageWriter.rollback}.
 */
export class MessageWriter {
  /** Where the next octet goes. */
  offset = 0;
  private buffer: Uint8Array = new Uint8Array(0);
  private caseSensitive = true;
  private readonly offsets = new Uint16Array(tableSlots);
  private readonly stamps = new Uint32Array(tableSlots);
  private generation = 0;
  private used = 0;

  /** Begins a message in `buffer` at `offset`, knowing no names. */
  start(buffer: Uint8Array, offset: number, options: MessageWriterOptions): void {
    this.buffer = buffer;
    this.offset = offset;
    this.caseSensitive = options.caseSensitive;
    this.generation = (this.generation + 1) >>> 0;
    this.used = 0;
  }

  /** Forgets what was written from `offset` on. Names remembered there are found out of date by comparing octets. */
  rollback(offset: number): void {
    this.offset = offset;
  }

  writeUint8(value: number): void {
    this.buffer[this.offset++] = value;
  }

  writeUint16(value: number): void {
    this.buffer[this.offset++] = value >>> 8;
    this.buffer[this.offset++] = value;
  }

  writeUint32(value: number): void {
    this.writeUint16(value >>> 16);
    this.writeUint16(value & 0xffff);
  }

  /** Sets two octets that were written before. */
  patchUint16(offset: number, value: number): void {
    this.buffer[offset] = value >>> 8;
    this.buffer[offset + 1] = value;
  }

  writeOctets(octets: Uint8Array): void {
    const { buffer } = this;
    let at = this.offset;
    for (let index = 0; index < octets.length; index++) buffer[at++] = octets[index] as number;
    this.offset = at;
  }

  /** Writes a name given in uncompressed wire form. With `compress` false it is written in full, but later names may point at it. */
  writeName(name: Uint8Array, compress: boolean): void {
    const labels = this.hashSuffixes(name);
    for (let label = 0; label < labels; label++) {
      const start = labelStarts[label] as number;
      const hash = suffixHashes[label] as number;
      if (compress) {
        const target = this.find(hash, name, start);
        if (target >= 0) {
          this.writeUint16(0xc000 | target);
          return;
        }
      }
      this.remember(hash, this.offset);
      const length = name[start] as number;
      for (let at = start; at <= start + length; at++) this.buffer[this.offset++] = name[at] as number;
    }
    this.writeUint8(0);
  }

  /** Makes a name that already stands in the buffer at `offset`, uncompressed, a target for compression. */
  rememberName(offset: number, length: number): void {
    const name = this.buffer.subarray(offset, offset + length);
    const labels = this.hashSuffixes(name);
    for (let label = 0; label < labels; label++) this.remember(suffixHashes[label] as number, offset + (labelStarts[label] as number));
  }

  /** Fills {@link labelStarts} and {@link suffixHashes}; returns the number of labels without the root. */
  private hashSuffixes(name: Uint8Array): number {
    let labels = 0;
    for (let at = 0; (name[at] as number) !== 0 && at < name.length; at += (name[at] as number) + 1) labelStarts[labels++] = at;
    let hash = 0x811c9dc5;
    let end = name.length - 1;
    for (let label = labels - 1; label >= 0; label--) {
      const start = labelStarts[label] as number;
      for (let at = end - 1; at >= start; at--) hash = Math.imul(hash ^ lowerCaseOctet(name[at] as number), 0x01000193);
      suffixHashes[label] = hash;
      end = start;
    }
    return labels;
  }

  private remember(hash: number, offset: number): void {
    if (offset >= pointerOffsetEnd || this.used > tableSlots / 2) return;
    let slot = hash & (tableSlots - 1);
    while (this.stamps[slot] === this.generation) slot = (slot + 1) & (tableSlots - 1);
    this.stamps[slot] = this.generation;
    this.offsets[slot] = offset;
    this.used++;
  }

  private find(hash: number, name: Uint8Array, start: number): number {
    for (let slot = hash & (tableSlots - 1); this.stamps[slot] === this.generation; slot = (slot + 1) & (tableSlots - 1)) {
      const offset = this.offsets[slot] as number;
      if (this.standsAt(offset, name, start)) return offset;
    }
    return -1;
  }

  /** Whether the suffix of `name` from `start` is what a reader finds at `offset` of the message. */
  private standsAt(offset: number, name: Uint8Array, start: number): boolean {
    const { buffer } = this;
    let at = offset;
    let index = start;
    for (;;) {
      if (at >= this.offset || at >= buffer.length || at >= maxMessageOctets) return false;
      const octet = buffer[at] as number;
      if (octet >= 0xc0) {
        const target = ((octet & 0x3f) << 8) | (buffer[at + 1] as number);
        if (target >= at) return false; // left over from before a rollback
        at = target;
        continue;
      }
      if (octet !== name[index] || at + octet >= this.offset) return false;
      if (octet === 0) return true;
      for (let count = 0; count < octet; count++) {
        const theirs = buffer[++at] as number;
        const ours = name[++index] as number;
        if (theirs !== ours && (this.caseSensitive || lowerCaseOctet(theirs) !== lowerCaseOctet(ours))) return false;
      }
      at++;
      index++;
    }
  }
}
