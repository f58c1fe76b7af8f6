import type { DnsResponse } from '../../chain/response.ts';

/** An answer that is kept. */
export interface KeptAnswer {
  /** With the TTLs that it had when it came, within the limits of the cache. */
  readonly response: DnsResponse;
  readonly storedMs: number;
  readonly lifetimeMs: number;
  /** Questions that it has answered without a long gap; see `prefetch`. */
  hits: number;
  lastHitMs: number;
}

/** Octets per answer on which the memory of a store is bounded: most answers take a tenth. */
const octetsPerAnswer = 4096;

/** Octets that an answer takes besides its names and data. */
const overheadOctets = 400;

/**
 * A bounded number of answers in bounded memory. What was not asked for longest goes first.
 */
export class AnswerStore {
  private readonly capacity: number;
  private readonly maxOctets: number;
  private readonly evicted: () => void;
  /** In the order of last use. */
  private readonly answers = new Map<string, KeptAnswer>();
  private octets = 0;

  /** `evicted` is told of each answer that had to go for another one. */
  constructor(capacity: number, evicted: () => void) {
    this.capacity = capacity;
    this.maxOctets = capacity * octetsPerAnswer;
    this.evicted = evicted;
  }

  get size(): number {
    return this.answers.size;
  }

  /** The answer under a key, which counts as used. */
  get(key: string): KeptAnswer | undefined {
    const answer = this.answers.get(key);
    if (answer === undefined) return undefined;
    this.answers.delete(key);
    this.answers.set(key, answer);
    return answer;
  }

  set(key: string, answer: KeptAnswer): void {
    this.delete(key);
    this.answers.set(key, answer);
    this.octets += octetsOf(answer);
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= this.capacity && this.octets <= this.maxOctets) break;
      this.delete(oldest);
      this.evicted();
    }
  }

  delete(key: string): void {
    const answer = this.answers.get(key);
    if (answer === undefined) return;
    this.answers.delete(key);
    this.octets -= octetsOf(answer);
  }
}

function octetsOf({ response: { answers, authorities, additionals } }: KeptAnswer): number {
  let octets = overheadOctets;
  for (const section of [answers, authorities, additionals]) {
    for (const { owner, rdata } of section) {
      octets += 200 + owner.length;
      for (const data of rdata) octets += 100 + data.length;
    }
  }
  return octets;
}
