import type { Endpoint, RecordType } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calculatePlan } from './calculate-plan.ts';
import { type NamePlan, type Policy, planName } from './plan-name.ts';

const us = 'us';

function endpoint(recordType: RecordType, targets: readonly string[], labels: Record<string, string> = {}, recordTTL?: number): Endpoint {
  return {
    dnsName: 'web.example.org',
    recordType,
    targets,
    labels,
    providerSpecific: [],
    ...(recordTTL === undefined ? {} : { recordTTL }),
  };
}

const targetsOfType: Readonly<Partial<Record<RecordType, readonly string[]>>> = {
  A: ['192.0.2.1', '192.0.2.2', '10.0.0.1'],
  AAAA: ['2001:db8::1', '2001:db8::2'],
  CNAME: ['a.example.net', 'b.example.net'],
  TXT: ['one', 'two'],
};

const anyRecord = fc.constantFrom<RecordType>('A', 'AAAA', 'CNAME', 'TXT').chain((type) =>
  fc.record({
    type: fc.constant(type),
    targets: fc.uniqueArray(fc.constantFrom(...(targetsOfType[type] ?? [])), { minLength: 1, maxLength: type === 'CNAME' ? 1 : 3 }),
    ttl: fc.option(fc.constantFrom(30, 60), { nil: undefined }),
    resource: fc.constantFrom('service/a/a', 'service/b/b', 'ingress/a/a'),
    owner: fc.constantFrom(us, us, us, 'them', undefined),
    setIdentifier: fc.constantFrom(undefined, undefined, 'blue'),
  }),
);

const desiredList = fc.array(
  anyRecord.map(({ type, targets, ttl, resource, setIdentifier }) => ({
    ...endpoint(type, targets, { resource }, ttl),
    ...(setIdentifier === undefined ? {} : { setIdentifier }),
  })),
  { maxLength: 6 },
);

/** At most one record a type and row, as providers report them. */
const currentList = fc.uniqueArray(
  anyRecord.map(({ type, targets, ttl, resource, owner, setIdentifier }) => ({
    ...endpoint(type, targets, { resource, ...(owner === undefined ? {} : { owner }) }, ttl),
    ...(setIdentifier === undefined ? {} : { setIdentifier }),
  })),
  { maxLength: 4, selector: (each) => `${each.recordType} ${each.setIdentifier ?? ''}` },
);

const anyPolicy = fc.constantFrom<Policy>('sync', 'upsert-only', 'create-only');

/** The state after the plan: what a provider holds then. */
function applied(current: readonly Endpoint[], plan: NamePlan): Endpoint[] {
  const gone = new Set<Endpoint>([...plan.delete, ...plan.update.map((update) => update.old), ...plan.keep.map((keep) => keep.old)]);
  const made = plan.create.map((each) => ({ ...each, labels: { ...each.labels, owner: us } }));
  return [
    ...current.filter((each) => !gone.has(each)),
    ...made,
    ...plan.update.map((update) => update.new),
    ...plan.keep.map((keep) => keep.new),
  ];
}

function changesOf(plan: NamePlan): string[] {
  const text = (kind: string, each: Endpoint): string =>
    `${kind} ${each.recordType} ${each.setIdentifier ?? ''} ${each.targets.toSorted().join(' ')} ${each.recordTTL} ${each.labels['resource']}`;
  return [
    ...plan.create.map((each) => text('create', each)),
    ...plan.update.map((each) => text('update', each.new)),
    ...plan.delete.map((each) => text('delete', each)),
  ].toSorted();
}

describe('the plan of one name', () => {
  test('is empty once it has been carried out', () => {
    fc.assert(
      fc.property(currentList, desiredList, anyPolicy, (current, desired, policy) => {
        const plan = planName({ current, desired, policy, ownerId: us });
        const again = planName({ current: applied(current, plan), desired, policy, ownerId: us });
        expect(changesOf(again)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not depend on the order of its input', () => {
    fc.assert(
      fc.property(
        currentList.chain((current) =>
          desiredList.chain((desired) =>
            fc.tuple(
              fc.constant({ current, desired }),
              fc.shuffledSubarray(current, { minLength: current.length }),
              fc.shuffledSubarray(desired, { minLength: desired.length }),
            ),
          ),
        ),
        ([{ current, desired }, shuffledCurrent, shuffledDesired]) => {
          const plan = planName({ current, desired, policy: 'sync', ownerId: us });
          const other = planName({ current: shuffledCurrent, desired: shuffledDesired, policy: 'sync', ownerId: us });
          expect(changesOf(other)).toEqual(changesOf(plan));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('never touches what is not ours, and never leaves an alias of ours beside another record', () => {
    fc.assert(
      fc.property(currentList, desiredList, anyPolicy, (current, desired, policy) => {
        const plan = planName({ current, desired, policy, ownerId: us });
        for (const each of [...plan.delete, ...plan.update.map((update) => update.old)]) expect(each.labels['owner']).toBe(us);
        if (policy !== 'sync') expect(plan.delete).toEqual([]);
        if (policy === 'create-only') expect(plan.update).toEqual([]);
        for (const row of [undefined, 'blue']) {
          const types = new Set(
            applied(current, plan)
              .filter((each) => each.setIdentifier === row)
              .map((each) => each.recordType),
          );
          const before = new Set(current.filter((each) => each.setIdentifier === row).map((each) => each.recordType));
          const wasClean = !before.has('CNAME') || before.size === 1;
          if (wasClean && types.has('CNAME')) expect([...types]).toEqual(['CNAME']);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('says why of every candidate that is not published', () => {
    fc.assert(
      fc.property(currentList, desiredList, anyPolicy, (current, desired, policy) => {
        const plan = planName({ current, desired, policy, ownerId: us });
        const published = plan.create.length + plan.update.length + plan.keep.length;
        const withheld = plan.withheld.filter((each) => each.why !== 'policy' || each.change !== 'delete').length;
        expect(published + withheld).toBe(desired.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps the TTL that a record has when nobody asks for one', () => {
    const plan = planName({
      current: [endpoint('A', ['192.0.2.1'], { owner: us, resource: 'service/a/a' }, 300)],
      desired: [endpoint('A', ['192.0.2.1'], { resource: 'service/a/a' })],
      policy: 'sync',
      ownerId: us,
    });
    expect(plan.keep.map((keep) => keep.new.recordTTL)).toEqual([300]);
  });

  test('sees a changed target behind one that is only written differently', () => {
    const current = endpoint('AAAA', ['2001:db8:0::1', '2001:db8::2'], { owner: us });
    const plan = planName({ current: [current], desired: [endpoint('AAAA', ['2001:db8::1', '2001:db8::3'])], policy: 'sync', ownerId: us });
    expect(plan.update).toHaveLength(1);
  });

  test('does not publish addresses beside an alias that may not be removed', () => {
    const plan = planName({
      current: [endpoint('CNAME', ['lb.example.net'], { owner: us })],
      desired: [endpoint('A', ['192.0.2.1'])],
      policy: 'upsert-only',
      ownerId: us,
    });
    expect(changesOf(plan)).toEqual([]);
    expect(plan.withheld.map((each) => each.why)).toEqual(['policy', 'policy']);
  });
});

test('the plan of everything is the sum of the plans of its names', () => {
  const named = (name: string, each: Endpoint): Endpoint => ({ ...each, dnsName: name });
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a.example.org', 'b.example.org', 'c.example.org'), fc.tuple(currentList, desiredList)),
      (names) => {
        const all = Object.entries(names).map(([name, [current, desired]]) => ({
          current: current.map((each) => named(name, each)),
          desired: desired.map((each) => named(name, each)),
        }));
        const managedRecordTypes = ['A', 'AAAA', 'CNAME', 'TXT'];
        const whole = calculatePlan({
          current: all.flatMap((each) => each.current),
          desired: all.flatMap((each) => each.desired),
          policy: 'sync',
          ownerId: us,
          managedRecordTypes,
        });
        const parts = all.map((each) => planName({ ...each, policy: 'sync', ownerId: us }));
        expect(whole.create).toHaveLength(parts.reduce((sum, part) => sum + part.create.length, 0));
        expect(whole.updateNew).toHaveLength(parts.reduce((sum, part) => sum + part.update.length, 0));
        expect(whole.delete).toHaveLength(parts.reduce((sum, part) => sum + part.delete.length, 0));
      },
    ),
  );
});
