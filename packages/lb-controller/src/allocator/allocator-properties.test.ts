import { type Address, addressFamily, type AddressFamily, formatAddress, parseAddressRange } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FamilyWish, wantedFamilies } from './address-request.ts';
import { createAllocator } from './allocator.ts';
import type { PoolDefinition } from './pool-state.ts';

const services = Array.from({ length: 12 }, (_, n) => `ns/s${n}`);
const rangeTexts = ['10.0.0.0/30', '10.0.0.254-10.0.1.1', '10.0.2.0/32', '10.0.3.8-10.0.3.12', '1000::/126', '1000::1:0/127'];
const ranges = rangeTexts.map((text) => parseAddressRange(text));
const everyAddress: readonly Address[] = ranges.flatMap((range) => {
  const found: Address[] = [];
  if (range.family === 'IPv4') for (let at = range.first as number; at <= range.last; at += 1) found.push(at as Address);
  else for (let at = range.first as bigint; at <= range.last; at += 1n) found.push(at as Address);
  return found;
});

/** Hands each range to one of two pools, or to none. */
const configuration = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', undefined), { minLength: ranges.length, maxLength: ranges.length }),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([owners, autoA, autoB, avoid]) => ({
    pools: ['a', 'b'].map((name): PoolDefinition => ({
      name,
      ranges: ranges.filter((_, index) => owners[index] === name),
      autoAssign: name === 'a' ? autoA : autoB,
      avoidBuggyIPs: avoid && name === 'b',
    })),
    suspended: [] as string[],
  }));

const wish: fc.Arbitrary<FamilyWish> = fc.constantFrom<FamilyWish>(
  { stack: 'single', family: 'IPv4' },
  { stack: 'single', family: 'IPv6' },
  { stack: 'require-dual' },
  { stack: 'prefer-dual', primary: 'IPv4' },
  { stack: 'prefer-dual', primary: 'IPv6' },
);
const service = fc.constantFrom(...services);
const address = fc.constantFrom(...everyAddress);

type Action =
  | {
      readonly type: 'allocate';
      readonly service: string;
      readonly wish: FamilyWish;
      readonly pool?: string | undefined;
      readonly addresses?: readonly Address[] | undefined;
    }
  | { readonly type: 'adopt'; readonly service: string; readonly addresses: readonly Address[] }
  | { readonly type: 'settle'; readonly service: string }
  | { readonly type: 'release'; readonly service: string }
  | { readonly type: 'retire'; readonly service: string }
  | {
      readonly type: 'configure';
      readonly configuration: { readonly pools: readonly PoolDefinition[]; readonly suspended: readonly string[] };
    };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('allocate' as const),
      service,
      wish,
      pool: fc.option(fc.constantFrom('a', 'b', 'none'), { nil: undefined, freq: 3 }),
      addresses: fc.option(fc.array(address, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('adopt' as const), service, addresses: fc.array(address, { minLength: 1, maxLength: 2 }) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('settle' as const, 'release' as const, 'retire' as const), service }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('configure' as const), configuration }) },
);

/** The addresses of a pool in the order in which they are given, worked out by going through all of them. */
function naiveOrder(pool: PoolDefinition, family: AddressFamily): Address[] {
  return pool.ranges
    .filter((range) => range.family === family)
    .flatMap((range) =>
      everyAddress.filter((candidate) => addressFamily(candidate) === family && candidate >= range.first && candidate <= range.last),
    )
    .filter((candidate) => !(pool.avoidBuggyIPs && typeof candidate === 'number' && [0, 255].includes(candidate % 256)));
}

describe('the allocator, after any history', () => {
  it('never gives one address to two Services, counts exactly, and gives the address that a naive search finds', () => {
    fc.assert(
      fc.property(configuration, fc.array(action, { maxLength: 80, size: 'max' }), (initial, history) => {
        const allocator = createAllocator();
        allocator.configure(initial);
        let pools: readonly PoolDefinition[] = initial.pools;
        const holds = (name: string): readonly Address[] => [
          ...(allocator.assignmentOf(name)?.addresses ?? []),
          ...allocator.retiringOf(name),
        ];
        const isFree = (candidate: Address): boolean => allocator.holdersOf(candidate).length === 0;

        for (const step of history) {
          if (step.type === 'allocate') {
            const before = allocator.assignmentOf(step.service)?.addresses.slice() ?? [];
            const retiring = allocator.retiringOf(step.service);
            const free = new Set(everyAddress.filter((candidate) => isFree(candidate)));
            const result = allocator.allocate(step);
            if (result.ok) {
              const families = result.assignment.addresses.map((given) => addressFamily(given));
              expect(new Set(families).size).toBe(families.length);
              if (step.wish.stack !== 'prefer-dual') expect(families).toEqual(wantedFamilies(step.wish));
              const pool = pools.find((candidate) => candidate.name === result.assignment.pool) as PoolDefinition;
              for (const given of result.assignment.addresses) {
                const order = naiveOrder(pool, addressFamily(given));
                expect(order).toContain(given);
                if (step.addresses === undefined && !before.includes(given) && !retiring.includes(given)) {
                  expect(formatAddress(given)).toBe(formatAddress(order.find((candidate) => free.has(candidate)) as Address));
                }
              }
              const again = allocator.allocate(step);
              expect(again).toMatchObject({ ok: true, gained: false, retired: [] });
            }
          } else if (step.type === 'adopt') allocator.adopt(step.service, step.addresses, undefined);
          else if (step.type === 'settle') {
            allocator.settle(step.service, allocator.assignmentOf(step.service)?.addresses ?? []);
            expect(allocator.retiringOf(step.service)).toEqual([]);
          } else if (step.type === 'release') {
            allocator.release(step.service);
            expect(holds(step.service)).toEqual([]);
          } else if (step.type === 'retire') allocator.retire(step.service);
          else if (step.type === 'configure') {
            allocator.configure(step.configuration);
            pools = step.configuration.pools;
          }

          const held = services.flatMap((name) => holds(name));
          expect(new Set(held).size).toBe(held.length);
          for (const name of services) for (const own of holds(name)) expect(allocator.holdersOf(own)).toEqual([name]);
          for (const count of allocator.counts()) {
            const pool = pools.find((candidate) => candidate.name === count.pool) as PoolDefinition;
            for (const family of ['IPv4', 'IPv6'] as const) {
              const order = naiveOrder(pool, family);
              expect(count.total[family]).toBe(BigInt(order.length));
              expect(count.used[family]).toBe(BigInt(order.filter((candidate) => held.includes(candidate)).length));
              expect(allocator.hasFree(pool.name, family)).toBe(order.some((candidate) => !held.includes(candidate)));
            }
          }
        }
        for (const name of services) allocator.release(name);
        for (const count of allocator.counts()) expect(count.used).toEqual({ IPv4: 0n, IPv6: 0n });
      }),
      { numRuns: 150 },
    );
  });
});
