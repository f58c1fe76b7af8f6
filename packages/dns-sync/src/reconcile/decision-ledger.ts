import type { Clock } from '@seamark/common/controller';
import type { ObjectRef } from '@seamark/common/model';
import type { ReasonStream } from '@seamark/common/reasons';
import type { AnyDecision } from '../sources/derivation.ts';

interface Reported {
  readonly object: ObjectRef;
  readonly topic: string;
}

/** Options of {@link DecisionLedger}. */
export interface DecisionLedgerOptions {
  readonly clock: Clock;
  /** How long an object may wait for its address before that is reported; 0 = at once. */
  readonly waitingGraceMs: number;
}

/**
 * Remembers who reported which decisions, so that each report of a holder (an object's derivation, a name's plan) ends those of its
 * former decisions that no longer hold.
 */
export class DecisionLedger {
  readonly #reasons: ReasonStream;
  readonly #options: DecisionLedgerOptions;
  readonly #held = new Map<string, readonly Reported[]>();
  /** Decisions that are worth saying only if they still hold after the grace, by object and topic. */
  readonly #waiting = new Map<string, { latest: AnyDecision; readonly timer: Disposable }>();

  constructor(reasons: ReasonStream, options: DecisionLedgerOptions) {
    this.#reasons = reasons;
    this.#options = options;
  }

  /** Reports what now holds by this holder, and ends what it said before and does not say any more. */
  replace(holder: string, decisions: readonly AnyDecision[]): void {
    const before = this.#held.get(holder) ?? [];
    if (decisions.length === 0 && before.length === 0) return;
    const present = new Set(decisions.map(keyOf));
    for (const reported of before) {
      if (present.has(keyOf(reported))) continue;
      this.#forgetWaiting(keyOf(reported));
      this.#reasons.end(reported.object, reported.topic);
    }
    for (const each of decisions) this.#report(each);
    if (decisions.length === 0) this.#held.delete(holder);
    else
      this.#held.set(
        holder,
        decisions.map(({ object, topic }) => ({ object, topic })),
      );
  }

  /** Reports decisions beside those that the holder already has; the next {@link replace} ends them too. */
  add(holder: string, decisions: readonly AnyDecision[]): void {
    for (const each of decisions) this.#report(each);
    const added = decisions.map(({ object, topic }) => ({ object, topic }));
    this.#held.set(holder, [...(this.#held.get(holder) ?? []), ...added]);
  }

  /** Says something that happened: reported and ended at once, for those who listen. */
  mention(happened: AnyDecision): void {
    this.#report(happened);
    this.#reasons.end(happened.object, happened.topic);
  }

  #report(each: AnyDecision): void {
    const key = keyOf(each);
    const { waitingGraceMs, clock } = this.#options;
    const isTransient = transientCodes.has(each.code) && waitingGraceMs > 0;
    if (!isTransient || this.#reasons.of(each.object).some((held) => held.topic === each.topic && held.code === each.code)) {
      this.#forgetWaiting(key);
      this.#reasons.report(each);
      return;
    }
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.latest = each;
      return;
    }
    // What held before on this topic does not hold while we wait.
    this.#reasons.end(each.object, each.topic);
    const timer = clock.schedule(waitingGraceMs, () => {
      const due = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (due !== undefined) this.#reasons.report(due.latest);
    });
    this.#waiting.set(key, { latest: each, timer });
  }

  #forgetWaiting(key: string): void {
    this.#waiting.get(key)?.timer[Symbol.dispose]();
    this.#waiting.delete(key);
  }
}

/** Waiting is the normal state of a new object for some milliseconds; somebody has to act only when it lasts. */
const transientCodes: ReadonlySet<string> = new Set(['RECORD_WAITS_FOR_ADDRESS', 'INGRESS_WITHOUT_ADDRESS']);

function keyOf({ object, topic }: Reported): string {
  return `${object.kind}/${object.namespace ?? ''}/${object.name}\n${topic}`;
}
