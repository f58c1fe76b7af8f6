import { unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { addonRequirement } from '../testing/addon-requirement.ts';
import { query, wireName } from '../testing/octets.ts';
import { addresses, testZone } from '../testing/zone.ts';
import { type AnswerArena, openArena } from './answer-arena.ts';
import { ArenaBatch, arenaFlags, nameFlags, zoneFlags } from './arena-batch.ts';

const skipped = unmet('the arena', addonRequirement());
const out = new Uint8Array(65_535);

function open(): AnswerArena {
  const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
  if (arena === undefined) throw new Error('no addon');
  return arena;
}

function smallZone(): ArenaBatch {
  const batch = new ArenaBatch();
  batch.flags(arenaFlags.refuse);
  batch.putZone(testZone(1));
  batch.putName(wireName('test'), 0, nameFlags.wildcard, []);
  batch.putName(wireName('*.test'), 0, 0, [addresses(1, 9, 9)]);
  batch.putName(wireName('a.test'), 0, 0, [addresses(2, 0, 1)]);
  batch.putName(wireName('cut.test'), 0, nameFlags.ask | nameFlags.askBelow, []);
  return batch;
}

/** Response code and number of answers; `ask`, `drop` when there is no answer. */
function outcome(arena: AnswerArena, name: string, type = 1): string {
  const length = arena.answer(query(7, name, type), out, true);
  if (length <= 0) return length === 0 ? 'ask' : 'drop';
  return `${(out[3] as number) & 15} ${out[7]} ${out[9]}`;
}

describe.skipIf(skipped)('an arena', () => {
  test('asks JavaScript everything until it is given something', () => {
    expect(outcome(open(), 'a.test')).toBe('ask');
  });

  test('answers names, wildcards, missing types, and refuses what is in no zone', () => {
    const arena = open();
    arena.apply(smallZone());
    expect(outcome(arena, 'a.test')).toBe('0 2 0');
    expect(outcome(arena, 'A.tEsT')).toBe('0 2 0');
    expect(outcome(arena, 'a.test', 28)).toBe('0 0 1');
    expect(outcome(arena, 'any.thing.test')).toBe('0 1 0');
    expect(outcome(arena, 'below.a.test')).toBe('3 0 1');
    expect(outcome(arena, 'cut.test')).toBe('ask');
    expect(outcome(arena, 'x.cut.test')).toBe('ask');
    expect(outcome(arena, 'elsewhere')).toBe('5 0 0');
    expect(outcome(arena, 'a.test', 255)).toBe('ask');
  });

  test('shows several batches together when the last is published', () => {
    const arena = open();
    arena.apply(smallZone());
    const batch = new ArenaBatch();
    batch.removeAll();
    arena.apply(batch, false);
    expect(outcome(arena, 'a.test')).toBe('0 2 0');
    batch.clear();
    batch.putZone(testZone(2));
    batch.putName(wireName('test'), 0, 0, []);
    arena.apply(batch);
    expect(outcome(arena, 'a.test')).toBe('3 0 1');
    expect(arena.stats()).toMatchObject({ names: 1, publications: 2 });
  });

  test.each<[string, (octets: Uint8Array) => Uint8Array]>([
    ['ends early', (octets) => octets.subarray(0, -1)],
    ['has an unknown operation', (octets) => Uint8Array.from([...octets, 99])],
    ['has a name that is none', (octets) => Uint8Array.from([...octets, 4, 2, 5, 0])],
    ['has a zone with a large number', (octets) => Uint8Array.from([...octets, 2, 255, 255, 255, 255])],
  ])('takes nothing of a batch that %s', (_what, spoil) => {
    const arena = open();
    arena.apply(smallZone());
    const more = new ArenaBatch();
    more.removeAll();
    more.putZone(testZone(2));
    const spoilt = spoil(more.octets.slice());
    expect(() => arena.apply({ octets: spoilt, length: spoilt.length } as unknown as ArenaBatch)).toThrow();
    expect(outcome(arena, 'a.test')).toBe('0 2 0');
    // What the next batch says is applied to what was there before.
    const next = new ArenaBatch();
    next.removeName(wireName('a.test'));
    arena.apply(next);
    expect(outcome(arena, 'a.test')).toBe('0 1 0');
  });

  test('says that it is full, and goes on with what it has', () => {
    const arena = openArena({ reserveOctets: 16 * 2 ** 20 }) as AnswerArena;
    arena.apply(smallZone());
    const batch = new ArenaBatch();
    for (let at = 0; at < 20_000; at++) batch.putName(wireName(`n${at}.test`), 0, 0, [addresses(60, 1, 1)]);
    expect(() => arena.apply(batch)).toThrow('the arena is full');
    expect(outcome(arena, 'a.test')).toBe('0 2 0');
  });

  test('uses the memory of what changed again', () => {
    const arena = open();
    arena.apply(smallZone());
    const batch = new ArenaBatch();
    for (let round = 0; round < 10_000; round++) {
      batch.clear();
      batch.putName(wireName('a.test'), 0, 0, [addresses(1 + (round % 5), 0, 1)]);
      arena.apply(batch);
    }
    expect(arena.stats().usedOctets).toBeLessThan(16_384);
  });

  test('writes the shared serial into negative answers', () => {
    const arena = open();
    const batch = smallZone();
    batch.putZone({ ...testZone(1), flags: zoneFlags.sharedSerial });
    batch.serial(0x01020304);
    arena.apply(batch);
    const length = arena.answer(query(1, 'a.test', 28), out, false);
    expect([...out.subarray(length - 20, length - 16)]).toEqual([1, 2, 3, 4]);
  });

  test('sends every order of records when they rotate', () => {
    const arena = open();
    const batch = smallZone();
    batch.putZone({ ...testZone(1), flags: zoneFlags.rotate });
    const [one, other] = [addresses(1, 0, 1), addresses(1, 0, 2)];
    batch.putName(wireName('a.test'), 0, 0, [{ ...one, answers: 2, octets: Uint8Array.from([...one.octets, ...other.octets]) }]);
    arena.apply(batch);
    const orders = new Set<string>();
    for (let asked = 0; asked < 200; asked++) {
      const length = arena.answer(query(1, 'a.test', 1), out, false);
      orders.add(`${out[length - 17]} ${out[length - 1]}`);
    }
    expect([...orders].sort()).toEqual(['1 2', '2 1']);
  });

  test('counts what it answers by zone, type and response code', () => {
    const arena = open();
    arena.apply(smallZone());
    for (const name of ['a.test', 'a.test', 'below.a.test', 'elsewhere']) outcome(arena, name);
    const counts = arena.counts(1);
    expect(counts.answered).toBe(4);
    expect(counts.of(0).types[0]).toBe(3);
    expect([...counts.of(0).responseCodes.subarray(0, 6)]).toEqual([2, 0, 0, 1, 0, 0]);
    expect(counts.of(undefined).responseCodes[5]).toBe(1);
  });
});
