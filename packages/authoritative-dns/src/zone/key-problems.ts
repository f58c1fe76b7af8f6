/** Where a problem of a key comes from: its own value, or the other records of its name. */
export type ProblemSource = 'value' | 'name';

/** Told when a key cannot be served (`problem` in words) and when that no longer holds (`undefined`). */
export type ProblemListener = (key: string, problem: string | undefined) => void;

/** What is not served, by key. A key may have a problem of each source; it is told of as mended when it has none left. */
export class KeyProblems {
  private readonly bySource = { value: new Map<string, string>(), name: new Map<string, string>() };
  private readonly listener: ProblemListener | undefined;

  constructor(listener: ProblemListener | undefined) {
    this.listener = listener;
  }

  /** Keys with at least one problem. */
  keys(): Set<string> {
    return new Set([...this.bySource.value.keys(), ...this.bySource.name.keys()]);
  }

  /** Sets or, with `undefined`, ends the problem of a key. */
  set(source: ProblemSource, key: string, problem: string | undefined): void {
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
