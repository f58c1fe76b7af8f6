import type { KeyValue, RevisionEvents } from '../kv-store.ts';
import { decodeRecord, encodeBase, encodeChanges, encodeEntries, encodeLease } from './store-record.ts';
import type { VersionedState } from './versioned-state.ts';

/** Entries of one record of a snapshot: some ten KiB. */
const entriesPerRecord = 128;

/**
 * The records from which {@link replayRecord} makes the present state, history and revision counter included. The state is captured in this call (entries are
 * never changed in place), and encoded while the records are taken.
 */
export function snapshotRecords(state: VersionedState): Iterable<Uint8Array> {
  const base = state.base();
  const leases = [...state.leases].map(([id, { ttlSeconds }]) => encodeLease(id, ttlSeconds));
  const head = [encodeBase(base.revision, state.compactRevision), ...leases];
  return encodeAll(head, base.entries, base.changes);
}

function* encodeAll(head: readonly Uint8Array[], entries: readonly KeyValue[], changes: readonly RevisionEvents[]): Generator<Uint8Array> {
  yield* head;
  for (let start = 0; start < entries.length; start += entriesPerRecord)
    yield encodeEntries(entries.slice(start, start + entriesPerRecord));
  for (const batch of changes) yield encodeChanges(batch);
}

/** Repeats one record of the log on the state. Throws RangeError when it is no record of this version or does not follow. */
export function replayRecord(state: VersionedState, bytes: Uint8Array): void {
  const record = decodeRecord(bytes);
  switch (record.type) {
    case 'base':
      state.reset(record.revision, record.compactRevision);
      break;
    case 'entries':
      for (const entry of record.entries) state.load(entry);
      break;
    case 'lease':
      state.addLease(record.id, record.ttlSeconds);
      break;
    case 'changes':
      // The history counts on it, and a gap would be lost changes.
      if (record.changes.length > 0 && record.revision !== state.revision + 1) {
        throw new RangeError(`revision ${record.revision} follows ${state.revision}`);
      }
      state.replay(record.revision, record.changes);
      // After its keys are gone, so that nothing of the lease is left.
      if (record.endedLease !== undefined) state.endLease(record.endedLease);
      break;
    case 'compact':
      state.compactHistory(record.revision);
      break;
  }
}
