import { maxMessageOctets } from '../limits.ts';

/**
 * Collects the octets of one RDATA. Room behind the limit of 65,535 lets a single field run over it: a name, a character-string or
 * a number is at most 255 octets; longer fields are checked by {@link OctetBuilder.fits} before they are appended.
 */
export class OctetBuilder {
  length = 0;
  readonly octets: Uint8Array = new Uint8Array(maxMessageOctets + 256);

  /** Whether so many more octets stay within the limit. */
  fits(octets: number): boolean {
    return this.length + octets <= maxMessageOctets;
  }

  uint8(value: number): void {
    this.octets[this.length++] = value;
  }

  uint16(value: number): void {
    this.octets[this.length++] = value >>> 8;
    this.octets[this.length++] = value;
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value & 0xffff);
  }

  append(octets: Uint8Array): void {
    this.octets.set(octets, this.length);
    this.length += octets.length;
  }
}
