const slabOctets = 64 * 1024;
const largeOctets = 2048;

/**
 * Hands out copies of octets that share buffers: a zone holds millions of short arrays, and a buffer of its own for each would cost
 * several times its content. What it hands out keeps the buffer of its neighbours alive, so it is for things that live together.
 */
export class OctetSlab {
  private slab = new ArrayBuffer(0);
  private used = 0;

  /** A copy of the first `length` octets. */
  copy(octets: Uint8Array, length: number): Uint8Array {
    if (length > largeOctets) return octets.slice(0, length);
    if (this.used + length > this.slab.byteLength) {
      this.slab = new ArrayBuffer(slabOctets);
      this.used = 0;
    }
    const copy = new Uint8Array(this.slab, this.used, length);
    for (let at = 0; at < length; at++) copy[at] = octets[at] as number;
    this.used += length;
    return copy;
  }
}
