export { createMirror } from './create-mirror.ts';
export { diffEntries } from './diff-entries.ts';
export type { EntriesDiff } from './diff-entries.ts';
export type {
  Compare,
  KeySelector,
  KeyValue,
  KvEvent,
  KvLease,
  KvStore,
  KvWatch,
  Operation,
  RangeResult,
  RequestOptions,
  RevisionEvents,
  Transaction,
  TransactionResult,
  WatchListener,
  WatchOptions,
} from './kv-store.ts';
export type { Mirror, MirrorFold, MirrorOptions, MirrorResume, MirrorState } from './mirror.ts';
