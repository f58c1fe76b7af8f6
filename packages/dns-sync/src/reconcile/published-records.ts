import type { Endpoint } from '@seamark/common/model';

/** A record of ours that came to stand in the store, or is gone from it. A changed one is published again. */
export type RecordEvent =
  | { readonly type: 'published'; readonly endpoint: Endpoint }
  | { readonly type: 'removed'; readonly endpoint: Endpoint };

/** The records of ours as of the last plan of each name; tells what changes. */
export class PublishedRecords {
  readonly #byName = new Map<string, readonly Endpoint[]>();
  readonly #listeners = new Set<(event: RecordEvent) => void>();
  readonly #counts = new Map<string, number>();

  /** Sets the records of a name. */
  replace(name: string, records: readonly Endpoint[]): void {
    const before = this.#byName.get(name) ?? [];
    if (records.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, records);
    for (const endpoint of before) this.#count(endpoint.recordType, -1);
    for (const endpoint of records) this.#count(endpoint.recordType, 1);
    const textBefore = new Set(before.map(textOf));
    const present = new Set(records.map(identityOf));
    for (const endpoint of before) if (!present.has(identityOf(endpoint))) this.#tell({ type: 'removed', endpoint });
    for (const endpoint of records) if (!textBefore.has(textOf(endpoint))) this.#tell({ type: 'published', endpoint });
  }

  *list(): Iterable<Endpoint> {
    for (const records of this.#byName.values()) yield* records;
  }

  subscribe(listener: (event: RecordEvent) => void): Disposable {
    for (const endpoint of this.list()) listener({ type: 'published', endpoint });
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Number of records by type. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #count(type: string, change: number): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + change);
  }

  #tell(event: RecordEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function identityOf(endpoint: Endpoint): string {
  return `${endpoint.recordType} ${endpoint.setIdentifier ?? ''}`;
}

function textOf(endpoint: Endpoint): string {
  return `${identityOf(endpoint)} ${endpoint.recordTTL ?? ''} ${endpoint.targets.join(' ')} ${endpoint.labels['resource'] ?? ''}`;
}
