/** Places that one account may have; the one least in debt gives way when all are taken. */
const ways = 4;

/** What sums of fractions may be wrong by. */
const roundingError = 1e-6;

/**
 * Accounts of responses, in typed arrays of a fixed size: whatever is asked, it never grows. An account is found by a hash of what
 * it is about. It holds what may still be sent: it is credited as time passes, up to one second's worth, and debited per response, down
 * to what the window holds.
 */
export class AccountTable {
  private readonly mask: number;
  private readonly tags: Uint32Array;
  private readonly balances: Float64Array;
  private readonly creditedMs: Float64Array;
  private readonly limited: Uint32Array;

  /** Holds at least `size` accounts. */
  constructor(size: number) {
    const groups = 2 ** Math.ceil(Math.log2(Math.max(1, size / ways)));
    this.mask = groups - 1;
    this.tags = new Uint32Array(groups * ways);
    this.balances = new Float64Array(groups * ways);
    this.creditedMs = new Float64Array(groups * ways).fill(Number.NEGATIVE_INFINITY);
    this.limited = new Uint32Array(groups * ways);
  }

  /**
   * Debits one response of the account that two hashes name; returns 0 when it may be sent, else the how-manieth in a row it is
   * that may not. `perSecond` may be sent each second; a debt is paid off in at most `windowSeconds`.
   */
  debit(place: number, tag: number, perSecond: number, windowSeconds: number, nowMs: number): number {
    const slot = this.find((place & this.mask) * ways, tag >>> 0, perSecond, nowMs);
    const credit = ((nowMs - (this.creditedMs[slot] as number)) / 1000) * perSecond;
    const balance = Math.min(mostBalance(perSecond), (this.balances[slot] as number) + credit) - 1;
    this.creditedMs[slot] = nowMs;
    this.balances[slot] = Math.max(balance, -windowSeconds * perSecond);
    if (balance > -roundingError) return (this.limited[slot] = 0);
    return (this.limited[slot] = (this.limited[slot] as number) + 1);
  }

  private find(start: number, tag: number, perSecond: number, nowMs: number): number {
    let richest = start;
    let mostMs = Number.NEGATIVE_INFINITY;
    for (let slot = start; slot < start + ways; slot++) {
      if (this.tags[slot] === tag && this.creditedMs[slot] !== Number.NEGATIVE_INFINITY) return slot;
      // How long the account has been of no use: a debt counts as time still to come.
      const uselessMs = nowMs - (this.creditedMs[slot] as number) + Math.min(0, (this.balances[slot] as number) / perSecond) * 1000;
      if (uselessMs > mostMs) {
        mostMs = uselessMs;
        richest = slot;
      }
    }
    this.tags[richest] = tag;
    this.balances[richest] = mostBalance(perSecond);
    this.creditedMs[richest] = nowMs;
    this.limited[richest] = 0;
    return richest;
  }
}

/** One second's worth, and enough for one response at least. */
function mostBalance(perSecond: number): number {
  return Math.max(1, perSecond);
}
