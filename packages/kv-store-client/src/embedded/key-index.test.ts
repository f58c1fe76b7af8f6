import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyIndex } from './key-index.ts';
import { compareKeys } from './key-order.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
// Plain text, and characters around the surrogates, where UTF-16 and UTF-8 disagree in order.
const anyKey = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\0', 'ü', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}'),
  maxLength: 6,
});
const plainKey = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0'), minLength: 1, maxLength: 7 });

test('keys compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(byBytes(a, b)));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['plain keys', plainKey],
  ['any keys', anyKey],
])('with %s, sets, deletes and prefixes are those of a sorted array', (_, key) => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('set' as const), keys: fc.array(key, { maxLength: 60 }) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 60 }) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('prefix' as const), keys: fc.array(key, { maxLength: 3 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const index = new KeyIndex<string>();
      const model = new Map<string, string>();
      for (const [turn, { type, keys }] of steps.entries()) {
        for (const one of keys) {
          if (type === 'set') {
            index.set(one, `${one}@${turn}`);
            model.set(one, `${one}@${turn}`);
          } else if (type === 'delete') expect(index.delete(one)).toBe(model.delete(one));
          else expect([...index.withPrefix(one)]).toEqual(select(model, one));
        }
      }
      expect(index.size).toBe(model.size);
      expect([...index.withPrefix('')]).toEqual(select(model, ''));
    }),
    { numRuns: 200 },
  );
});

test('stays sorted through 20,000 inserts and deletes in random order', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const index = new KeyIndex<string>();
      const model = new Map<string, string>();
      let state = seed >>> 0;
      const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
      for (let turn = 0; turn < 20_000; turn++) {
        const key = `/${random() % 3}/${random() % 4_000}`;
        if (turn % 8_000 < 5_000) {
          index.set(key, key);
          model.set(key, key);
        } else {
          index.delete(key);
          model.delete(key);
        }
      }
      expect([...index.withPrefix('')]).toEqual(select(model, ''));
      expect([...index.withPrefix('/1/')]).toEqual(select(model, '/1/'));
      expect([...index.withPrefix('/2/39')]).toEqual(select(model, '/2/39'));
    }),
    { numRuns: 4 },
  );
});

function select(model: ReadonlyMap<string, string>, prefix: string): string[] {
  const keys = [...model.keys()].filter((key) => key.startsWith(prefix));
  return keys.toSorted(byBytes).map((key) => model.get(key) as string);
}
