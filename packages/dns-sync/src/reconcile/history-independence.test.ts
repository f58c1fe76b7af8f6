import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from '../testing/dns-sync-bench.ts';
import { loadBalancer } from '../testing/objects.ts';

/** One step of a history: a Service gets names and addresses, or goes. */
const step = fc.record({
  service: fc.constantFrom('s0', 's1', 's2', 's3'),
  names: fc.uniqueArray(fc.constantFrom('a.example.org', 'b.example.org', 'a.b.example.org', '*.example.org'), { maxLength: 3 }),
  addresses: fc.uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), { minLength: 1, maxLength: 3 }),
  gone: fc.boolean(),
  /** Wait for the store before the next step; else steps pile up. */
  settle: fc.boolean(),
});

describe('the store after any history', () => {
  test('is what a new start makes of the same objects, however the history went', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await using lived = await dnsSyncBench();
        const present = new Map<string, ReturnType<typeof loadBalancer>>();
        for (const { service, names, addresses, gone, settle } of steps) {
          if (gone) {
            if (present.delete(service)) lived.objects.remove('Service', 'web', service);
          } else {
            const object = loadBalancer(`web/${service}`, names.join(','), addresses);
            present.set(service, object);
            lived.objects.put(object);
          }
          if (settle) await lived.sync.idle();
        }
        await lived.sync.idle();
        await using fresh = await dnsSyncBench({
          setUp(objects) {
            for (const object of [...present.values()].toReversed()) objects.put(object);
          },
        });
        expect(await lived.stored()).toEqual(await fresh.stored());
        expect(lived.decisions().toSorted()).toEqual(fresh.decisions().toSorted());
        const { revision } = await lived.store.range({ prefix: '/' });
        await lived.sync.stop();
        await using again = await dnsSyncBench({
          store: lived.store,
          setUp(objects) {
            for (const object of present.values()) objects.put(object);
          },
        });
        expect((await again.store.range({ prefix: '/' })).revision).toBe(revision);
      }),
      { numRuns: 150 },
    );
  });
});
