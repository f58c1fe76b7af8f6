import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FreeIndex } from './free-index.ts';

type Action = { readonly type: 'lowest' } | { readonly type: 'take' | 'giveBack'; readonly index: number };

const actions = fc.array(
  fc.oneof(
    fc.constant<Action>({ type: 'lowest' }),
    fc.record({ type: fc.constantFrom('take' as const, 'giveBack' as const), index: fc.nat(45) }),
  ),
  { maxLength: 150, size: 'max' },
);

describe('FreeIndex', () => {
  it('agrees with a plain list of free indices after any history', () => {
    fc.assert(
      fc.property(fc.nat(40), actions, (size, history) => {
        const index = new FreeIndex(BigInt(size));
        const free = new Set(Array.from({ length: size }, (_, position) => position));
        for (const action of history) {
          if (action.type === 'lowest') {
            const expected = free.size === 0 ? undefined : Math.min(...free);
            expect(index.takeLowest()).toBe(expected);
            if (expected !== undefined) free.delete(expected);
          } else if (action.type === 'take') {
            expect(index.take(action.index)).toBe(free.delete(action.index));
          } else {
            expect(index.giveBack(action.index)).toBe(action.index < size && !free.has(action.index));
            if (action.index < size) free.add(action.index);
          }
          expect(index.taken).toBe(size - free.size);
          expect(index.isFull).toBe(free.size === 0);
        }
        const taken = new Set(index.takenIndices());
        expect(taken.size).toBe(index.taken);
        for (let position = 0; position < size; position += 1) {
          expect(index.isFree(position)).toBe(free.has(position));
          expect(taken.has(position)).toBe(!free.has(position));
        }
      }),
    );
  });

  it('serves 2^128 indices, at both ends', () => {
    const size = 1n << 128n;
    const index = new FreeIndex(size);
    expect(index.take(size - 1n)).toBe(true);
    expect(index.take(size - 1n)).toBe(false);
    expect(index.take(size)).toBe(false);
    expect(index.takeLowest()).toBe(0);
    expect(index.take(2)).toBe(true);
    expect(index.takeLowest()).toBe(1);
    expect(index.takeLowest()).toBe(3);
    expect(index.giveBack(size - 1n)).toBe(true);
    expect(index.taken).toBe(4);
    expect([...index.takenIndices()]).toEqual([0, 1, 2, 3]);
  });

  it('has nothing to give when it is empty', () => {
    expect(new FreeIndex(0n).takeLowest()).toBeUndefined();
    expect(new FreeIndex(0n).isFull).toBe(true);
  });
});
