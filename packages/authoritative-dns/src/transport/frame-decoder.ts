/** Octets of the length in front of each message on a stream (RFC 7766 8). */
export const frameHeaderOctets = 2;

/**
 * Splits a stream into its messages, wherever the network has cut it. It keeps at most one unfinished message (65,537 octets), in a
 * buffer that grows with what has arrived, not with what was announced.
 */
export class FrameDecoder {
  private kept: Buffer = Buffer.alloc(0);
  private keptLength = 0;

  /** True while a message has begun and not ended. */
  get isInside(): boolean {
    return this.keptLength > 0;
  }

  /** Hands each message that is complete with this chunk to `take`, in order. The octets are only valid during the call. */
  push(chunk: Buffer, take: (message: Buffer) => void): void {
    let rest = chunk;
    while (this.keptLength > 0 && rest.length > 0) {
      const wanted = this.keptLength < frameHeaderOctets ? frameHeaderOctets : frameHeaderOctets + this.kept.readUInt16BE(0);
      const taken = Math.min(wanted - this.keptLength, rest.length);
      this.keep(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      if (this.keptLength < frameHeaderOctets || this.keptLength < frameHeaderOctets + this.kept.readUInt16BE(0)) continue;
      const message = this.kept.subarray(frameHeaderOctets, this.keptLength);
      this.keptLength = 0;
      take(message);
    }
    let at = 0;
    while (at + frameHeaderOctets <= rest.length) {
      const end = at + frameHeaderOctets + rest.readUInt16BE(at);
      if (end > rest.length) break;
      take(rest.subarray(at + frameHeaderOctets, end));
      at = end;
    }
    if (at < rest.length) this.keep(rest.subarray(at));
  }

  private keep(octets: Buffer): void {
    const length = this.keptLength + octets.length;
    if (length > this.kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(512, 2 * length));
      this.kept.copy(larger, 0, 0, this.keptLength);
      this.kept = larger;
    }
    octets.copy(this.kept, this.keptLength);
    this.keptLength = length;
  }
}
