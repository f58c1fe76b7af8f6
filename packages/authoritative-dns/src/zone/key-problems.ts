import type { ReasonStream } from '@seamark/common/reasons';

/** Where a problem of a key comes from: its own value, or the other records of its name. */
export type ProblemSource = 'value' | 'name';

/** Why something of a key is not served, in words. */
export interface KeyProblem {
  readonly problem: string;
  /** What of the value is meant (`its host`); the rest is served. Absent = nothing of it is. */
  readonly part?: string | undefined;
}

/** Told when a key, or a part of it, cannot be served and when that no longer holds (`undefined`). */
export type ProblemListener = (key: string, problem: KeyProblem | undefined) => void;

/** A listener that reports STORED_VALUE_UNREADABLE on the object `Key <key>` for as long as a problem holds. */
export function reportedTo(reasons: ReasonStream | undefined): ProblemListener {
  return (key, problem) => {
    const object = { kind: 'Key', name: key };
    if (problem === undefined) reasons?.end(object, 'value');
    else reasons?.report({ code: 'STORED_VALUE_UNREADABLE', object, topic: 'value', params: { key, ...problem } });
  };
}

/** What is not served, by key. A key may have a problem of each source; it is told of as mended when it has none left. */
export class KeyProblems {
  private readonly bySource = { value: new Map<string, KeyProblem>(), name: new Map<string, KeyProblem>() };
  private readonly listener: ProblemListener | undefined;

  constructor(listener: ProblemListener | undefined) {
    this.listener = listener;
  }

  /** Keys with at least one problem. */
  keys(): Set<string> {
    return new Set([...this.bySource.value.keys(), ...this.bySource.name.keys()]);
  }

  /** Sets or, with `undefined`, ends the problem of a key. */
  set(source: ProblemSource, key: string, problem: KeyProblem | undefined): void {
    if (problem === undefined) {
      if (this.forget(source, key)) this.tellIfMended(key);
      return;
    }
    this.bySource[source].set(key, problem);
    this.listener?.(key, problem);
  }

  /** Ends a problem without telling; true when there was one. {@link tellIfMended} follows once it is known whether it comes back. */
  forget(source: ProblemSource, key: string): boolean {
    return this.bySource[source].delete(key);
  }

  /** Tells of a key that has no problem left. */
  tellIfMended(key: string): void {
    if (!this.bySource.value.has(key) && !this.bySource.name.has(key)) this.listener?.(key, undefined);
  }

  /** Ends all problems without telling. */
  clear(): void {
    this.bySource.value.clear();
    this.bySource.name.clear();
  }
}
