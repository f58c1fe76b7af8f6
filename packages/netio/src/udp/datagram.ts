import type { UdpQuestion } from './udp-server.ts';

/** Octets of the header of a datagram between JavaScript and the addon: native/datagram.h. */
export const datagramHeaderOctets = 48;

const places = { length: 0, socket: 2, family: 3, port: 4, flags: 6, peer: 16, local: 32 } as const;
const truncated = 1;
const localKnown = 2;

/** A question with the header that its answer goes back with. */
export interface DatagramQuestion extends UdpQuestion {
  readonly header: Uint8Array;
}

/** Reads datagrams that stand one behind the other; the questions refer to `octets`. */
export function* readDatagrams(octets: Uint8Array): Generator<DatagramQuestion> {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  for (let at = 0; at < octets.length;) {
    const end = at + datagramHeaderOctets + view.getUint16(at + places.length, true);
    const flags = view.getUint16(at + places.flags, true);
    const addressOctets = octets[at + places.family] === 4 ? 4 : 16;
    yield {
      header: octets.subarray(at, at + datagramHeaderOctets),
      octets: octets.subarray(at + datagramHeaderOctets, end),
      truncated: (flags & truncated) !== 0,
      address: octets.subarray(at + places.peer, at + places.peer + addressOctets),
      port: view.getUint16(at + places.port, true),
      localAddress: (flags & localKnown) === 0 ? undefined : octets.subarray(at + places.local, at + places.local + addressOctets),
    };
    at = end;
  }
}

/** Answers that wait to be sent together, in the same form. */
export class DatagramBatch {
  private buffer = new Uint8Array(16_384);
  private at = 0;

  /** Octets that wait. */
  get length(): number {
    return this.at;
  }

  /** Adds the answer to a question; the octets are copied. */
  add(question: DatagramQuestion, answer: Uint8Array): void {
    const end = this.at + datagramHeaderOctets + answer.length;
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.max(end, this.buffer.length * 2));
      grown.set(this.buffer.subarray(0, this.at));
      this.buffer = grown;
    }
    this.buffer.set(question.header, this.at);
    this.buffer[this.at + places.length] = answer.length;
    this.buffer[this.at + places.length + 1] = answer.length >>> 8;
    this.buffer.set(answer, this.at + datagramHeaderOctets);
    this.at = end;
  }

  /** Takes all out: valid until the next {@link add}. */
  take(): Uint8Array {
    const taken = this.buffer.subarray(0, this.at);
    this.at = 0;
    return taken;
  }
}
