import type { Compare, KeySelector, KeyValue, Operation, RevisionEvents, Transaction } from '../kv-store.ts';

/** What a transaction must do, by the model: whether it succeeds, and the events of its revision (none = no new revision). */
export interface ModelResult {
  readonly succeeded: boolean;
  readonly batch: RevisionEvents | undefined;
}

/** The semantics of the seam in the fewest lines: a sorted map without history, to compare a real store with. */
export class ReferenceModel {
  readonly entries = new Map<string, KeyValue>();

  /** Runs a transaction as if the store gave it `revision`. */
  transact(transaction: Transaction, revision: number): ModelResult {
    const succeeded = transaction.compare.every((compare) => this.holds(compare));
    const events: RevisionEvents['events'][number][] = [];
    for (const operation of succeeded ? transaction.success : (transaction.failure ?? [])) {
      if (operation.type === 'put') {
        const previous = this.entries.get(operation.key);
        const entry: KeyValue = {
          key: operation.key,
          value: operation.value,
          createRevision: previous?.createRevision ?? revision,
          modRevision: revision,
          version: (previous?.version ?? 0) + 1,
          lease: operation.lease ?? '0',
        };
        this.entries.set(operation.key, entry);
        events.push({ type: 'put', entry, ...(previous === undefined ? {} : { previous }) });
      } else if (operation.type === 'delete') {
        for (const previous of this.select(operation)) {
          this.entries.delete(previous.key);
          events.push({ type: 'delete', key: previous.key, modRevision: revision, previous });
        }
      }
    }
    return { succeeded, batch: events.length === 0 ? undefined : { revision, events } };
  }

  /** Entries of a selector in byte order. */
  select(selector: KeySelector): KeyValue[] {
    return [...this.entries.values()]
      .filter((entry) => ('key' in selector ? entry.key === selector.key : entry.key.startsWith(selector.prefix)))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  private holds(compare: Compare): boolean {
    const entry = this.entries.get(compare.key);
    if (compare.target === 'value') {
      if (entry === undefined) return false;
      const equal = Buffer.compare(entry.value, compare.value) === 0;
      return compare.op === '=' ? equal : !equal;
    }
    const actual = entry?.[compare.target] ?? 0;
    if (compare.op === '=') return actual === compare.value;
    if (compare.op === '!=') return actual !== compare.value;
    return compare.op === '<' ? actual < compare.value : actual > compare.value;
  }
}

/** True when the store must refuse these steps: a key put twice, or put and deleted. */
export function writesAKeyTwice(operations: readonly Operation[]): boolean {
  const puts = operations.flatMap((operation) => (operation.type === 'put' ? [operation.key] : []));
  if (new Set(puts).size !== puts.length) return true;
  return operations.some(
    (operation) =>
      operation.type === 'delete' && puts.some((key) => ('key' in operation ? operation.key === key : key.startsWith(operation.prefix))),
  );
}
