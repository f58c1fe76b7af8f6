import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KvEvent } from '../kv-store.ts';
import { RevisionAssembler } from './revision-assembler.ts';

const gone = (key: string, modRevision: number): KvEvent => ({ type: 'delete', key, modRevision });
const shape = (assembler: RevisionAssembler, events: KvEvent[], more = false): unknown =>
  assembler
    .add(events, more)
    .map((batch) => [batch.revision, batch.events.map((event) => (event.type === 'delete' ? event.key : event.entry.key))]);

test('groups the events of a response by revision', () => {
  const assembler = new RevisionAssembler(1);
  expect(shape(assembler, [gone('a', 4), gone('b', 4), gone('a', 6)])).toEqual([
    [4, ['a', 'b']],
    [6, ['a']],
  ]);
  expect(assembler.nextRevision).toBe(7);
});

test('delivers nothing of a fragmented response before its last fragment', () => {
  const assembler = new RevisionAssembler(1);
  expect(shape(assembler, [gone('a', 4), gone('b', 5)], true)).toEqual([]);
  expect(assembler.incomplete).toBe(true);
  expect(assembler.nextRevision).toBe(1);
  expect(shape(assembler, [gone('c', 5)], true)).toEqual([]);
  expect(shape(assembler, [gone('d', 5)])).toEqual([
    [4, ['a']],
    [5, ['b', 'c', 'd']],
  ]);
  expect(assembler.incomplete).toBe(false);
});

test('forgets fragments of a stream that ended, so that the revision comes whole from the next', () => {
  const assembler = new RevisionAssembler(4);
  assembler.add([gone('a', 4)], true);
  assembler.dropFragments();
  expect(shape(assembler, [gone('a', 4), gone('b', 4)])).toEqual([[4, ['a', 'b']]]);
});

test('leaves out what was delivered or skipped before', () => {
  const assembler = new RevisionAssembler(3);
  expect(shape(assembler, [gone('a', 2), gone('a', 3)])).toEqual([[3, ['a']]]);
  expect(shape(assembler, [gone('a', 3), gone('b', 4)])).toEqual([[4, ['b']]]);
  assembler.skipTo(10);
  assembler.skipTo(5);
  expect(assembler.nextRevision).toBe(11);
  expect(shape(assembler, [gone('a', 10), gone('b', 11)])).toEqual([[11, ['b']]]);
});

test('whatever the cuts into responses and fragments, and whatever is sent again, every revision comes once, whole and in order', () => {
  const revisions = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(revisions, fc.array(fc.nat(20)), fc.infiniteStream(fc.boolean()), (sizes, breaks, cuts) => {
      const history = sizes.map((size, index) => Array.from({ length: size }, (_, at) => gone(`k${at}`, index + 2)));
      const assembler = new RevisionAssembler(2);
      const delivered: unknown[] = [];
      const take = (events: KvEvent[], more: boolean): void => {
        for (const batch of assembler.add(events, more)) delivered.push(batch.events);
      };
      const interrupted = new Set(breaks);
      let sent = 0;
      for (let stream = 0; stream < 40 && assembler.nextRevision < history.length + 2; stream += 1) {
        assembler.dropFragments();
        let response: KvEvent[] = [];
        // A new stream begins at the resume point.
        for (const [index, revision] of history.entries()) {
          if (index + 2 < assembler.nextRevision) continue;
          sent += 1;
          if (interrupted.delete(sent)) {
            response = [];
            break;
          }
          for (const event of revision) {
            response.push(event);
            if (cuts.next().value === true) {
              take(response, true);
              response = [];
            }
          }
          if (cuts.next().value === true || index === history.length - 1) {
            take(response, false);
            response = [];
          }
        }
      }
      expect(delivered).toEqual(history);
    }),
  );
});
