import { messageOf, SeamarkError } from '@seamark/common/errors';
import { type KvStore, type Mirror, type Transaction, type TransactionResult, createMirror } from '@seamark/kv-store-client';
import { defaultSkydnsPrefix, normalizeSkydnsPrefix, tryDecodeSkydnsEntry } from '@seamark/kv-store-client/skydns';
import type { Adjusted, ApplyOutcome, OpenProvider, Provider, ProviderContext, ProviderListener } from '../provider.ts';
import { type KeyChange, KeyIndex, valueBytes } from './key-index.ts';
import { NameReader } from './name-state.ts';
import { buildNameTransaction } from './name-transaction.ts';
import { groupProperty, recordsOf, storableTypes, storeProblem } from './stored-record.ts';

/**
 * etcd refuses transactions of more than 128 operations (--max-txn-ops); replacing all targets of a record is one put and one
 * delete a target, and its ownership record.
 */
const maxTargetsPerRecord = 60;

/** Longest wait for the answer to one write. */
const writeTimeoutMs = 5_000;

/** Options of {@link createEtcdProvider}. */
export interface EtcdProviderOptions {
  readonly store: KvStore;
  /** Where names begin. Default `/skydns/`; slashes are completed. */
  readonly prefix?: string;
  /** Names written at the same time. Default 256. */
  readonly maxNamesInFlight?: number;
}

/**
 * Records as SkyDNS values below a prefix of a KvStore (etcd, or the embedded store), as CoreDNS reads and ExternalDNS writes
 * them. A mirror holds the state; each name is one transaction over its data and ownership keys.
 */
export function createEtcdProvider(options: EtcdProviderOptions): Provider {
  const prefix = normalizeSkydnsPrefix(options.prefix ?? defaultSkydnsPrefix);
  if (prefix === '/')
    throw new SeamarkError(
      'SM_CONFIG_INVALID',
      `coredns-prefix "${options.prefix}" is the root of the store: give it a segment of its own`,
    );
  return {
    description: `${options.store.driver} ${options.store.description} ${prefix}`,
    prefix,
    capabilities: {
      recordTypes: storableTypes,
      state: 'live',
      transactionalOwnership: true,
      setIdentifiers: false,
      maxNamesInFlight: options.maxNamesInFlight ?? 256,
      maxTargetsPerRecord,
    },
    open: (context) => openEtcdProvider(options.store, prefix, context),
  };
}

function openEtcdProvider(store: KvStore, prefix: string, { ownership, logger, clock, signal }: ProviderContext): OpenProvider {
  const listeners = new Set<ProviderListener>();
  /** Values that writes under way will leave, so that their own events are not taken for drift. */
  const expected = new Map<string, string | undefined>();
  let loaded = false;

  const tell = (name: string): void => {
    for (const listener of listeners) listener.onChanged(name);
  };
  const onChange = (change: KeyChange): void => {
    if (expected.has(change.key) && expected.get(change.key) === change.after) return;
    const names = new Set<string>();
    for (const value of [change.before, change.after])
      if (value !== undefined) for (const name of reader.namesOf(change.key, value)) names.add(name);
    for (const name of names) tell(name);
  };
  const onReset = (): void => {
    // The first load is waited for by `synced`; a later one means that history was lost.
    if (loaded) for (const listener of listeners) listener.onReset();
    loaded = true;
  };
  const index = new KeyIndex(onChange, onReset);
  const reader = new NameReader(index, prefix, ownership);
  const mirror: Mirror = createMirror({
    store,
    prefix,
    fold: index,
    signal,
    onFoldError: (error) => logger.error('a change of the store could not be read', { err: error }),
    onReadError: (error) => logger.warn(`records cannot be read, nothing is planned until they are: ${messageOf(error)}`, { err: error }),
  });
  let phase = mirror.state().phase;
  mirror.subscribe((state) => {
    if (state.phase === 'live' && phase === 'stale') for (const listener of listeners) listener.onRecovered();
    phase = state.phase;
  });

  function* ownedNames(): Iterable<string> {
    for (const [key, stored] of index.all()) {
      if (ownership.kind === 'none') {
        const entry = tryDecodeSkydnsEntry(prefix, key, valueBytes(stored.value));
        if (entry.ok) yield entry.value.name;
        continue;
      }
      // Decoding a million values to find the few that are ownership records of ours is what this look avoids.
      if (!stored.value.includes('heritage=')) continue;
      const entry = tryDecodeSkydnsEntry(prefix, key, valueBytes(stored.value));
      if (!entry.ok) continue;
      const text = recordsOf(entry.value).text;
      if (text?.kind !== 'ownership' || text.labels['owner'] !== ownership.ownerId) continue;
      const owned = reader.ownedNameOf(entry.value.name);
      if (owned !== undefined) yield owned.name;
    }
  }

  /** A write ends with the authority to write, and does not hang on a store that has gone quiet. */
  const transact = async (transaction: Transaction, writeSignal: AbortSignal): Promise<TransactionResult> => {
    writeSignal.throwIfAborted();
    const request = new AbortController();
    const end = (): void => request.abort(writeSignal.reason);
    writeSignal.addEventListener('abort', end, { once: true });
    // Made only when it is needed: an error costs a stack, and ten thousand writes in a row were paying for it.
    let overdue: SeamarkError | undefined;
    const timer = clock.schedule(writeTimeoutMs, () => {
      overdue = new SeamarkError(
        'SM_STORE_UNAVAILABLE',
        `the store at ${store.description} did not answer a write in ${writeTimeoutMs} ms`,
      );
      request.abort(overdue);
    });
    try {
      return await store.transact(transaction, { signal: request.signal });
    } catch (error) {
      throw overdue ?? error;
    } finally {
      timer[Symbol.dispose]();
      writeSignal.removeEventListener('abort', end);
    }
  };

  return {
    synced: mirror.synced,
    problem() {
      const state = mirror.state();
      if (state.phase === 'live') return undefined;
      return state.phase === 'stale'
        ? `the store cannot be reached (${store.description})`
        : `the store is ${state.phase} (${store.description})`;
    },
    adjust(endpoint): Adjusted {
      const problem = storeProblem(endpoint);
      if (problem !== undefined) return { problem };
      if (endpoint.targets.length > maxTargetsPerRecord)
        return { problem: `it has ${endpoint.targets.length} targets; one etcd transaction holds ${maxTargetsPerRecord}` };
      const providerSpecific = endpoint.providerSpecific.filter((property) => property.name === groupProperty && property.value !== '');
      return { endpoint: { ...endpoint, providerSpecific } };
    },
    current: (name) => reader.read(name).endpoints,
    ownedNames,
    get size() {
      return index.size;
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async apply(change, writeSignal): Promise<ApplyOutcome> {
      const built = buildNameTransaction(reader.read(change.name), change, ownership, prefix);
      if (built.kind === 'nothing') return { outcome: 'unchanged' };
      if (built.kind === 'blocked') {
        return { outcome: 'blocked', recordType: built.recordType, owner: built.labels['owner'], resource: built.labels['resource'] };
      }
      for (const [key, value] of built.writes) expected.set(key, value);
      try {
        const result = await transact(built.transaction, writeSignal);
        await mirror.reached(result.revision, writeSignal);
        return { outcome: result.succeeded ? 'applied' : 'conflict' };
      } finally {
        for (const key of built.writes.keys()) expected.delete(key);
      }
    },
  };
}
