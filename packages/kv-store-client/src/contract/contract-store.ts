import type { KeyValue, KvStore, RangeResult } from '../kv-store.ts';

/** A store under test, with what only its driver's test can do to it. Disposing closes the store and frees everything below it. */
export interface ContractStore extends AsyncDisposable {
  /** The open store; another object after {@link ContractStore.reopen}. */
  readonly store: KvStore;
  /** Throws history before `revision` away, as etcd's Compact does: reading at `revision` still works. */
  compact(revision: number): Promise<void>;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<void>;
  /** True when `requestProgress` is always answered (embedded; etcd from 3.4.25 and 3.5.8). */
  readonly answersProgress: boolean;
}

/** Makes a {@link ContractStore}; called several times. What one holds may be seen by the next: tests write below prefixes of their own. */
export type MakeContractStore = () => Promise<ContractStore>;

/** UTF-8 bytes of a text: values in tests are written as text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of UTF-8 bytes. */
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);

let prefixes = 0;

/** A prefix that no other test of any run uses. */
export const freshPrefix = (): string => `/contract/${process.pid}-${Date.now().toString(36)}-${(prefixes += 1)}/`;

/** Puts one key and returns the revision. */
export async function put(store: KvStore, key: string, value: string, lease?: string): Promise<number> {
  const result = await store.transact({ compare: [], success: [{ type: 'put', key, value: bytes(value), lease }] });
  return result.revision;
}

/** Deletes one key and returns the revision. */
export async function remove(store: KvStore, key: string): Promise<number> {
  const result = await store.transact({ compare: [], success: [{ type: 'delete', key }] });
  return result.revision;
}

/** `key=value` of every entry, in the order given. */
export const flat = (result: RangeResult): string[] => result.entries.map(flatEntry);

/** `key=value` of an entry. */
export const flatEntry = (entry: KeyValue): string => `${entry.key}=${text(entry.value)}`;
