import { maxMessageOctets } from '../../wire/limits.ts';
import type { Rrset } from '../tree/index.ts';
import { type LeaseTimes, type LeaseTtlLimits, leaseTtlSeconds } from './lease-book.ts';
import { textOfOctets } from './octet-text.ts';
import { defaultTtlSeconds, type SkydnsRecord } from './skydns-record.ts';

/** What TTLs depend on. */
export interface TtlRules {
  readonly times: LeaseTimes | undefined;
  readonly limits: LeaseTtlLimits;
}

/** An RRset with a record that ends with a lease: its TTL is another one at every question. */
export class LeasedRrset implements Rrset {
  readonly type: number;
  readonly rdata: readonly Uint8Array[];
  readonly volatile = true;
  private readonly fixedSeconds: number;
  private readonly leases: readonly string[];
  private readonly rules: TtlRules;

  constructor(type: number, rdata: readonly Uint8Array[], fixedSeconds: number, leases: readonly string[], rules: TtlRules) {
    this.type = type;
    this.rdata = rdata;
    this.fixedSeconds = fixedSeconds;
    this.leases = leases;
    this.rules = rules;
  }

  /** As of now. */
  get ttlSeconds(): number {
    const { times, limits } = this.rules;
    return this.leases.reduce((least, lease) => Math.min(least, leaseTtlSeconds(times, lease, limits)), this.fixedSeconds);
  }
}

/** Octets of a record's owner (a pointer), type, class, TTL and length. */
const recordHeadOctets = 12;

interface Collected {
  /** Of all its records in a message. */
  octets: number;
  readonly rdata: Uint8Array[];
  readonly seen: Set<string>;
  ttlSeconds: number;
  readonly leases: Set<string>;
}

/** Puts RRsets together: one TTL each, the least of what its records ask for (RFC 2181 5.2), and no record twice. */
export class RrsetBuilder {
  private readonly rules: TtlRules;
  private readonly byType = new Map<number, Collected>();

  constructor(rules: TtlRules) {
    this.rules = rules;
  }

  /** Whether there is a record of a type. */
  has(type: number): boolean {
    return this.byType.has(type);
  }

  /** Whether the RRset of a type already is larger than any message: more of it could never be sent. */
  isFull(type: number): boolean {
    return (this.byType.get(type)?.octets ?? 0) > maxMessageOctets;
  }

  /**
   * Adds what a stored record gives; `ttlSeconds` where that is not the TTL of its value. `identity` differs where RDATA of this type does,
   * for those who have such a text anyway.
   */
  add(type: number, rdata: Uint8Array, record: SkydnsRecord, ttlSeconds = record.ttlSeconds, identity = textOfOctets(rdata)): void {
    const leased = record.lease !== '0';
    const given = ttlSeconds === 0 ? undefined : ttlSeconds;
    const collected = this.addFixed(type, rdata, given ?? (leased ? Number.POSITIVE_INFINITY : defaultTtlSeconds), identity);
    if (leased) collected.leases.add(record.lease);
  }

  /** Adds what is not stored. */
  addFixed(type: number, rdata: Uint8Array, ttlSeconds: number, identity = textOfOctets(rdata)): Collected {
    let collected = this.byType.get(type);
    if (collected === undefined) {
      collected = { octets: 0, rdata: [], seen: new Set(), ttlSeconds: Number.POSITIVE_INFINITY, leases: new Set() };
      this.byType.set(type, collected);
    }
    if (!collected.seen.has(identity)) {
      collected.seen.add(identity);
      collected.rdata.push(rdata);
      collected.octets += recordHeadOctets + rdata.length;
    }
    collected.ttlSeconds = Math.min(collected.ttlSeconds, ttlSeconds);
    return collected;
  }

  /** What was added. */
  build(): Rrset[] {
    return [...this.byType].map(([type, { rdata, ttlSeconds, leases }]) =>
      leases.size === 0 ? { type, ttlSeconds, rdata } : new LeasedRrset(type, rdata, ttlSeconds, [...leases], this.rules),
    );
  }
}
