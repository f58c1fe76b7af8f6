import { getRandomValues } from 'node:crypto';

import { AccountTable } from './account-table.ts';

/** Kinds of responses with allowances of their own. */
export const responseKinds = ['responses', 'nodata', 'nxdomains', 'referrals', 'errors', 'requests'] as const;

/** One of {@link responseKinds}. */
export type ResponseKind = (typeof responseKinds)[number];

/** Options of {@link ResponseRateLimiter}. */
export interface RateLimitOptions {
  /** What one client network may get each second; 0 or left out = any number. */
  readonly perSecond: Partial<Readonly<Record<ResponseKind, number>>>;
  /** A client that was limited is limited for at most so long after it stops. Default 15. */
  readonly windowSeconds?: number;
  /** Bits of the addresses that make one client network. Defaults 24 and 56. */
  readonly ipv4PrefixLength?: number;
  readonly ipv6PrefixLength?: number;
  /** Every so many of the limited responses is sent, empty and with TC, so that a true client asks over TCP; 0 = none. Default 2. */
  readonly slip?: number;
  /** Accounts held at one time. Default 100,000. */
  readonly maxTableSize?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

/** What becomes of a response. */
export type RateVerdict = 'send' | 'slip' | 'drop';

/**
 * Decides which responses are too many (response-rate limiting, as BIND does): forged questions make a server send to a victim, and a
 * victim gets the same answer again and again, so each network has an account for each name or zone and kind of response.
 */
export class ResponseRateLimiter {
  private readonly perSecond: Readonly<Record<ResponseKind, number>>;
  private readonly windowSeconds: number;
  private readonly prefixLengths: { readonly ipv4: number; readonly ipv6: number };
  private readonly slip: number;
  private readonly table: AccountTable;
  private readonly nowMs: () => number;
  // Not to be guessed: nobody can ask for names that share the accounts of others.
  private readonly seeds = getRandomValues(new Int32Array(2));

  constructor(options: RateLimitOptions) {
    const { perSecond } = options;
    this.perSecond = {
      responses: perSecond.responses ?? 0,
      nodata: perSecond.nodata ?? 0,
      nxdomains: perSecond.nxdomains ?? 0,
      referrals: perSecond.referrals ?? 0,
      errors: perSecond.errors ?? 0,
      requests: perSecond.requests ?? 0,
    };
    this.windowSeconds = options.windowSeconds ?? 15;
    this.prefixLengths = { ipv4: options.ipv4PrefixLength ?? 24, ipv6: options.ipv6PrefixLength ?? 56 };
    this.slip = options.slip ?? 2;
    this.table = new AccountTable(options.maxTableSize ?? 100_000);
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Counts a response of a kind about `name` (lower-case wire form; `undefined`: all names alike) and `type` to a client. */
  judge(address: Uint8Array, kind: ResponseKind, name: Uint8Array | undefined, type: number): RateVerdict {
    const perSecond = this.perSecond[kind];
    if (perSecond === 0) return 'send';
    const place = this.hash(this.seeds[0] as number, address, kind, name, type);
    const tag = this.hash(this.seeds[1] as number, address, kind, name, type);
    const limited = this.table.debit(place, tag, perSecond, this.windowSeconds, this.nowMs());
    if (limited === 0) return 'send';
    return this.slip > 0 && limited % this.slip === 0 ? 'slip' : 'drop';
  }

  private hash(seed: number, address: Uint8Array, kind: ResponseKind, name: Uint8Array | undefined, type: number): number {
    const bits = address.length === 4 ? this.prefixLengths.ipv4 : this.prefixLengths.ipv6;
    let hash = mix(mix(seed, responseKinds.indexOf(kind)), (type << 8) | address.length);
    for (let at = 0; at * 8 < bits; at++) {
      const kept = bits - at * 8;
      hash = mix(hash, (address[at] as number) & (kept >= 8 ? 0xff : 0xff << (8 - kept)));
    }
    if (name !== undefined) for (const octet of name) hash = mix(hash, octet);
    // Finishing of MurmurHash3: the low bits, which choose the place, depend on all octets.
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}

function mix(hash: number, value: number): number {
  const mixed = hash ^ Math.imul(value + 1, 0xcc9e2d51);
  return Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64;
}
