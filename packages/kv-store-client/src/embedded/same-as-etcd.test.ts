import { etcdRequirement, eventually, startEtcd, temporaryFolder, unmet } from '@seamark/testkit';
import type { EtcdServer, TemporaryFolder } from '@seamark/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes, text } from '../contract/contract-store.ts';
import { type WatchRecorder, recordWatch } from '../contract/watch-recorder.ts';
import { createEtcdStore } from '../etcd/create-etcd-store.ts';
import { compactEtcd } from '../etcd/testing/etcd-admin.ts';
import type { Compare, KeyValue, KvStore, Operation, RangeResult, RevisionEvents } from '../kv-store.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

const key = fc.constantFrom('a', 'a/', 'a/b', 'a/c', 'a0', 'b', 'ä', '\uff5e', '\u{1f600}');
const prefix = fc.constantFrom('', 'a', 'a/', 'b', '\u{1f600}', 'none');
const selector = fc.oneof(
  key.map((one) => ({ key: one })),
  prefix.map((one) => ({ prefix: one })),
);
const value = fc.constantFrom('', '0', '00', '1').map(bytes);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('put' as const), key, value }) },
  // etcd does not see that a put and a delete of everything write the same key, as it does for any other prefix.
  {
    weight: 2,
    arbitrary: selector.filter((one) => !('prefix' in one) || one.prefix !== '').map((one) => ({ type: 'delete' as const, ...one })),
  },
  { weight: 2, arbitrary: selector.map((one) => ({ type: 'range' as const, ...one })) },
);
/** `back` counts revisions back from the present, so that compares and ranges meet revisions that exist. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('transact' as const),
      compare: fc.array(
        fc.oneof(
          fc.record({
            key,
            target: fc.constantFrom('createRevision' as const, 'modRevision' as const),
            op: fc.constantFrom('=', '!=', '<', '>'),
            back: fc.nat(12),
          }),
          fc.record({ key, target: fc.constant('version' as const), op: fc.constantFrom('=', '!=', '<', '>'), value: fc.nat(3) }),
          fc.record({ key, target: fc.constant('value' as const), op: fc.constantFrom('=', '!='), value }),
        ),
        { maxLength: 2 },
      ),
      success: fc.array(operation, { maxLength: 4 }),
      failure: fc.array(operation, { maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('range' as const), selector, back: fc.integer({ min: -1, max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('watch' as const), prefix, back: fc.integer({ min: -2, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), back: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
);

describe.skipIf(unmet('embedded store against etcd', etcdRequirement()))('beside a real etcd, from its first revision on', () => {
  let etcd: EtcdServer;
  let other: KvStore;
  let folder: TemporaryFolder;
  let embedded: EmbeddedStore;
  const open = (): Promise<EmbeddedStore> => openEmbeddedStore({ folder: folder.path, minCompactionBytes: 2_000 });
  beforeAll(async () => {
    etcd = await startEtcd();
    other = createEtcdStore({ endpoints: [etcd.endpoint] });
    folder = temporaryFolder('same-as-etcd');
    embedded = await open();
  });
  afterAll(async () => {
    await embedded?.close();
    await other?.close();
    folder?.[Symbol.dispose]();
    await etcd?.[Symbol.asyncDispose]();
  });

  test('random transactions, ranges of the past, compactions and restarts give the same results, errors and watch events', async () => {
    /** All that the embedded store's watches have told since its first revision, through all restarts. */
    const history: RevisionEvents[] = [];
    const follow = (): WatchRecorder => recordWatch(embedded, '', (history.at(-1)?.revision ?? 1) + 1);
    let follower = follow();
    let compacted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const watches: WatchOfEtcd[] = [];
        const catchUp = async (): Promise<void> => {
          history.push(...follower.batches.splice(0));
          for (const watch of watches) await sameAs(watch, history);
        };
        try {
          for (const one of steps) {
            const now = (await embedded.range({ key: 'a' })).revision;
            if (one.type === 'transact') {
              const compare = one.compare.map(
                (condition) => ('back' in condition ? { ...condition, value: Math.max(0, now - condition.back) } : condition) as Compare,
              );
              const transaction = { compare, success: one.success, failure: one.failure };
              expect(await outcome(embedded.transact(transaction))).toEqual(await outcome(other.transact(transaction)));
            } else if (one.type === 'range') {
              const revision = Math.max(1, now - one.back);
              expect(await outcome(embedded.range(one.selector, { revision }))).toEqual(
                await outcome(other.range(one.selector, { revision })),
              );
            } else if (one.type === 'watch') {
              const from = Math.max(1, now - one.back);
              using ours = recordWatch(embedded, one.prefix, from);
              // History is delivered in the turn in which the watch was made.
              await new Promise((resolve) => setImmediate(resolve));
              // Of the compact revision itself, only ours is sure to have everything; nothing was ever deleted at revision 1.
              const refused = from === compacted && from > 1 ? [compacted] : ours.compacted;
              watches.push({ prefix: one.prefix, from, compacted: refused, theirs: recordWatch(other, one.prefix, from) });
              await catchUp();
              expect(ours.batches.map(plainBatch)).toEqual(ours.compacted.length > 0 ? [] : below(history, one.prefix, from));
            } else if (one.type === 'compact') {
              const revision = now - one.back;
              if (revision <= compacted) continue;
              // etcd's watches read history some time after they were made; one that is late would be told that it is gone. A change below its
              // prefix shows that it has caught up.
              const markers = new Set(watches.map((watch) => `${watch.prefix}marker`));
              const mark = {
                compare: [],
                success: [...markers].map((marker) => ({ type: 'put' as const, key: marker, value: bytes('') })),
              };
              expect(await outcome(embedded.transact(mark))).toEqual(await outcome(other.transact(mark)));
              await catchUp();
              await compactEtcd(etcd.endpoint, revision);
              await embedded.compactHistory(revision);
              compacted = revision;
            } else {
              await embedded.close();
              history.push(...follower.batches.splice(0));
              embedded = await open();
              follower = follow();
            }
          }
          expect(await outcome(embedded.range({ prefix: '' }))).toEqual(await outcome(other.range({ prefix: '' })));
          await catchUp();
        } finally {
          for (const { theirs } of watches) theirs.abort();
        }
      }),
      { numRuns: 60 },
    );
    follower.abort();
    expect(compacted).toBeGreaterThan(0);
  });
});

/** A watch of etcd, and what it must be told of a compaction. */
interface WatchOfEtcd {
  readonly prefix: string;
  readonly from: number;
  readonly compacted: readonly number[];
  readonly theirs: WatchRecorder;
}

/** What a watch must have told of a history. */
function below(history: readonly RevisionEvents[], keyPrefix: string, from: number): unknown[] {
  return history
    .filter(({ revision }) => revision >= from)
    .map(({ revision, events }) => ({
      revision,
      events: events.filter((event) => (event.type === 'put' ? event.entry.key : event.key).startsWith(keyPrefix)),
    }))
    .filter(({ events }) => events.length > 0)
    .map(plainBatch);
}

/** Waits until etcd's watch has told what the embedded store has. */
async function sameAs({ prefix: keyPrefix, from, compacted, theirs }: WatchOfEtcd, history: readonly RevisionEvents[]): Promise<void> {
  const batches = compacted.length > 0 ? [] : below(history, keyPrefix, from);
  await eventually(() => expect({ batches: theirs.batches.map(plainBatch), compacted: theirs.compacted }).toEqual({ batches, compacted }), {
    everyMs: 2,
    timeoutMs: 5_000,
  });
}

const plainEntry = (entry: KeyValue | undefined): unknown => entry && { ...entry, value: text(entry.value) };
const plainRange = ({ revision, entries }: RangeResult): unknown => ({ revision, entries: entries.map(plainEntry) });
const plainBatch = ({ revision, events }: RevisionEvents): unknown => ({
  revision,
  // What was there before the oldest retained revision is not known to etcd after a compaction.
  events: events.map((event) => (event.type === 'put' ? plainEntry(event.entry) : { deleted: event.key, at: event.modRevision })),
});

/** A result without the difference between bytes and Buffers, or the code of an error. */
async function outcome(
  attempt: Promise<RangeResult | { succeeded: boolean; revision: number; ranges: readonly RangeResult[] }>,
): Promise<unknown> {
  try {
    const result = await attempt;
    return 'ranges' in result ? { ...result, ranges: result.ranges.map(plainRange) } : plainRange(result);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string' || !code.startsWith('SM_')) throw error;
    return code;
  }
}
