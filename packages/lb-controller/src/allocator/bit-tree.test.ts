import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitTree } from './bit-tree.ts';

describe('BitTree', () => {
  it('agrees with a sorted set after any history', () => {
    const position = fc.oneof(fc.nat(70), fc.nat(5000), fc.nat(3_000_000));
    const action = fc.record({ add: fc.boolean(), position });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
        const tree = new BitTree();
        const model = new Set<number>();
        for (const { add, position: at } of actions) {
          if (add) {
            tree.add(at);
            model.add(at);
          } else {
            tree.delete(at);
            model.delete(at);
          }
          expect(tree.has(at)).toBe(model.has(at));
          expect(tree.first()).toBe(model.size === 0 ? undefined : Math.min(...model));
        }
      }),
    );
  });

  it('gives every position back in ascending order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(100_000), { maxLength: 200 }), (positions) => {
        const tree = new BitTree();
        for (const position of positions) tree.add(position);
        const drained: number[] = [];
        for (let first = tree.first(); first !== undefined; first = tree.first()) {
          drained.push(first);
          tree.delete(first);
        }
        expect(drained).toEqual(positions.toSorted((a, b) => a - b));
      }),
    );
  });
});
