import { formatObjectRef, type ObjectRef, objectRefKey } from '@seamark/common';
import type { Decision, ReasonStream } from '@seamark/common/reasons';

/** One published record set of a row. */
export interface RowRecord {
  readonly name: string;
  readonly type: string;
  readonly targets: readonly string[];
}

/** What a person wants to know of one object: its address, the pool it came from, its names and, if anything is wrong, what to do. */
export interface ServiceRow {
  readonly object: ObjectRef;
  readonly addresses: readonly string[];
  readonly pool: string | undefined;
  readonly records: readonly RowRecord[];
  /** Decisions that ask somebody to do something. */
  readonly warnings: readonly Decision[];
}

/** Derives the row of one object from the decisions that hold about it; undefined when there is nothing to show. */
export function rowOf(decisions: readonly Decision[]): ServiceRow | undefined {
  const first = decisions[0];
  if (first === undefined) return undefined;
  const assigned = decisions.find((decision): decision is Decision<'ADDRESS_ASSIGNED'> => decision.code === 'ADDRESS_ASSIGNED');
  const published = decisions.filter((decision): decision is Decision<'RECORD_PUBLISHED'> => decision.code === 'RECORD_PUBLISHED');
  return {
    object: first.object,
    addresses: assigned?.params.addresses ?? [],
    pool: assigned?.params.pool,
    records: published.map(({ params }) => ({ name: params.name, type: params.type, targets: params.targets })),
    warnings: decisions.filter((decision) => decision.severity === 'warning'),
  };
}

/** All rows, sorted by object. */
export function rowsOf(reasons: ReasonStream): ServiceRow[] {
  const byObject = new Map<string, Decision[]>();
  for (const decision of reasons.list()) {
    const key = objectRefKey(decision.object);
    const known = byObject.get(key);
    if (known === undefined) byObject.set(key, [decision]);
    else known.push(decision);
  }
  return [...byObject.values()]
    .flatMap((decisions) => rowOf(decisions) ?? [])
    .sort((a, b) => formatObjectRef(a.object).localeCompare(formatObjectRef(b.object)));
}
