import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Compare, KeyValue, Operation, RevisionEvents, Transaction } from '../kv-store.ts';
import { bytes, type ContractStore, freshPrefix, text } from './contract-store.ts';
import { ReferenceModel, writesAKeyTwice } from './reference-model.ts';
import { recordWatch } from './watch-recorder.ts';

const keyName = fc.constantFrom('a', 'b', 'dir/a', 'dir/b', 'dir/ü', '\u{1F600}');
const value = fc.constantFrom('', '1', '2').map(bytes);
const selector = fc.oneof(
  keyName.map((key) => ({ key })),
  fc.constantFrom('', 'dir/', 'a').map((prefix) => ({ prefix })),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), key: keyName, value }) },
  { weight: 2, arbitrary: selector.map((chosen) => ({ type: 'delete' as const, ...chosen })) },
  { weight: 1, arbitrary: selector.map((chosen) => ({ type: 'range' as const, ...chosen })) },
);
const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({
    key: keyName,
    target: fc.constant('version' as const),
    op: fc.constantFrom('=', '!=', '<', '>'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    key: keyName,
    target: fc.constantFrom('createRevision', 'modRevision'),
    op: fc.constantFrom('=', '!=', '<', '>'),
    value: fc.constant(0),
  }),
  fc.record({ key: keyName, target: fc.constant('value' as const), op: fc.constantFrom('=', '!='), value }),
);
const transaction: fc.Arbitrary<Transaction> = fc.record({
  compare: fc.array(compare, { maxLength: 2 }),
  success: fc.array(operation, { maxLength: 4 }),
  failure: fc.array(operation, { maxLength: 2 }),
});

const below = (prefix: string, { compare: compares, success, failure }: Transaction): Transaction => {
  const move = (step: Operation): Operation =>
    'key' in step ? { ...step, key: prefix + step.key } : { ...step, prefix: prefix + step.prefix };
  return {
    compare: compares.map((condition) => ({ ...condition, key: prefix + condition.key })),
    success: success.map(move),
    failure: (failure ?? []).map(move),
  };
};
const plainEntry = (entry: KeyValue | undefined): unknown => entry && { ...entry, value: text(entry.value) };
const plainBatch = (batch: RevisionEvents): unknown => ({
  revision: batch.revision,
  events: batch.events.map((event) =>
    event.type === 'put'
      ? { put: plainEntry(event.entry), previous: plainEntry(event.previous) }
      : { delete: event.key, at: event.modRevision, previous: plainEntry(event.previous) },
  ),
});

/** Random transactions against {@link ReferenceModel}: results, state and the watched history must be the model's. */
export function randomHistoryContract(subject: () => ContractStore): void {
  test('any sequence of transactions has the results, the state and the watched history of the reference model', async () => {
    const { store } = subject();
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 25 }), async (transactions) => {
        const prefix = freshPrefix();
        const model = new ReferenceModel();
        const history: RevisionEvents[] = [];
        const start = (await store.range({ prefix })).revision;
        let now = start;
        using watch = recordWatch(store, prefix, start + 1);
        for (const each of transactions.map((plain) => below(prefix, plain))) {
          if (writesAKeyTwice(each.success) || writesAKeyTwice(each.failure ?? [])) {
            await expect(store.transact(each)).rejects.toMatchObject({ code: 'SM_STORE_REJECTED' });
            continue;
          }
          const actual = await store.transact(each);
          const expected = model.transact(each, now + 1);
          if (expected.batch !== undefined) {
            now += 1;
            history.push(expected.batch);
          }
          expect(actual).toMatchObject({ succeeded: expected.succeeded, revision: now });
        }
        expect((await store.range({ prefix })).entries.map(plainEntry)).toEqual(model.select({ prefix }).map(plainEntry));
        if (history.length > 0) await watch.reached(now);
        expect(watch.batches.map(plainBatch)).toEqual(history.map(plainBatch));
        using replay = recordWatch(store, prefix, start + 1);
        if (history.length > 0) await replay.reached(now);
        expect(replay.batches.map(plainBatch)).toEqual(history.map(plainBatch));
      }),
      { numRuns: 25 },
    );
  });

  test('watches see the same history whatever writes at the same time', async () => {
    const { store, answersProgress } = subject();
    const prefix = freshPrefix();
    const start = (await store.range({ prefix })).revision;
    using early = recordWatch(store, prefix, start + 1);
    const revisions: number[] = [];
    const writer = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 40; turn += 1) {
        const result = await store.transact({
          compare: [],
          success: [
            { type: 'put', key: `${prefix}own/${name}`, value: bytes(String(turn)) },
            turn % 3 === 0
              ? { type: 'delete', key: `${prefix}shared` }
              : { type: 'put', key: `${prefix}shared`, value: bytes(`${name}-${turn}`) },
          ],
        });
        revisions.push(result.revision);
        if (turn % 4 === 0) early.watch.requestProgress();
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => writer(index)));
    const expected = revisions.toSorted((a, b) => a - b);
    expect(new Set(expected).size).toBe(320);
    using late = recordWatch(store, prefix, start + 1);
    await early.reached(expected.at(-1) as number);
    await late.reached(expected.at(-1) as number);
    expect(early.batches.map((batch) => batch.revision)).toEqual(expected);
    expect(late.batches.map(plainBatch)).toEqual(early.batches.map(plainBatch));
    // Whatever progress was told, all changes up to it had been delivered before.
    for (const [index, revision] of early.progress.entries())
      expect(early.batchesAtProgress[index]).toBeGreaterThanOrEqual(expected.filter((each) => each <= revision).length);
    expect(early.progress.length > 0).toBe(answersProgress);
    const folded = new Map<string, string>();
    for (const event of early.batches.flatMap((batch) => batch.events)) {
      if (event.type === 'put') folded.set(event.entry.key, text(event.entry.value));
      else folded.delete(event.key);
    }
    const { entries } = await store.range({ prefix });
    expect(entries.map((entry) => [entry.key, text(entry.value)])).toEqual([...folded].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
