import type { IPAddressPool } from '@seamark/common/model';
import { formatAddressRange } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';
import { poolObject } from '../testing/lb-lab.ts';
import { resolvePools } from './resolve-pools.ts';

/** Codes and parameters by pool name, and which pools are used. */
function resolve(...objects: readonly IPAddressPool[]): {
  readonly used: Record<string, string>;
  readonly suspended: readonly string[];
  readonly told: Record<string, unknown>;
} {
  const { configuration, decisions } = resolvePools(objects);
  return {
    used: Object.fromEntries(
      configuration.pools.map((pool) => [
        pool.name,
        `${pool.ranges.map((range) => formatAddressRange(range)).join(' ')}${pool.autoAssign ? '' : ' on request'}`,
      ]),
    ),
    suspended: configuration.suspended,
    told: Object.fromEntries(
      [...decisions]
        .filter(([, told]) => told.length > 0)
        .map(([object, told]) => [object.metadata.name, told.map(({ code, params }) => ({ code, params }))]),
    ),
  };
}

describe('pools', () => {
  it('take prefixes and ranges of both families', () => {
    expect(resolve(poolObject('lan', ['192.0.2.0/28', '192.0.2.100-192.0.2.110', '2001:db8::/64']))).toEqual({
      used: { lan: '192.0.2.0/28 192.0.2.100-192.0.2.110 2001:db8::/64' },
      suspended: [],
      told: {},
    });
  });

  it.each<{ readonly title: string; readonly pool: IPAddressPool; readonly field: string; readonly problem: string }>([
    {
      title: 'a bare address',
      pool: poolObject('bad', ['192.0.2.1']),
      field: 'spec.addresses[0]',
      problem: 'invalid CIDR or range "192.0.2.1"',
    },
    {
      title: 'a range that runs backwards',
      pool: poolObject('bad', ['192.0.2.0/30', '192.0.3.9-192.0.3.1']),
      field: 'spec.addresses[1]',
      problem: 'after its end',
    },
    {
      title: 'a range across families',
      pool: poolObject('bad', ['10.0.0.1-2001:db8::1']),
      field: 'spec.addresses[0]',
      problem: 'both ends must be of one family',
    },
    {
      title: 'an entry that is no text',
      pool: poolObject('bad', [10 as unknown as string]),
      field: 'spec.addresses[0]',
      problem: 'must be text',
    },
    { title: 'no entry', pool: poolObject('bad', []), field: 'spec.addresses', problem: 'at least one' },
    {
      title: 'no spec',
      pool: { ...poolObject('bad', []), spec: undefined } as unknown as IPAddressPool,
      field: 'spec.addresses',
      problem: 'at least one',
    },
    {
      title: 'a switch that is text',
      pool: poolObject('bad', ['192.0.2.0/30'], { autoAssign: 'false' as unknown as boolean }),
      field: 'spec.autoAssign',
      problem: 'true or false',
    },
    {
      title: 'an allocation that is a list',
      pool: poolObject('bad', ['192.0.2.0/30'], { serviceAllocation: [] as never }),
      field: 'spec.serviceAllocation',
      problem: 'object',
    },
  ])('are suspended for $title, and the others work', ({ pool, field, problem }) => {
    const resolved = resolve(poolObject('good', ['198.51.100.0/24']), pool);
    expect(resolved).toMatchObject({ used: { good: '198.51.100.0/24' }, suspended: ['bad'] });
    expect(resolved.told).toEqual({
      bad: [{ code: 'POOL_INVALID', params: { field, problem: expect.stringContaining(problem) as string } }],
    });
  });

  it.each<{
    readonly title: string;
    readonly pools: readonly IPAddressPool[];
    readonly used: string;
    readonly other: string;
    readonly range: string;
    readonly otherRange: string;
  }>([
    {
      title: 'the younger one',
      pools: [poolObject('a', ['10.0.0.0/8'], {}, '2026-02-01T00:00:00Z'), poolObject('b', ['10.1.0.0/24'], {}, '2026-01-01T00:00:00Z')],
      used: 'b',
      other: 'IPAddressPool metallb-system/b',
      range: '10.0.0.0/8',
      otherRange: '10.1.0.0/24',
    },
    {
      title: 'the later one by name when both are of one second',
      pools: [poolObject('b', ['10.1.0.0/24'], {}, '2026-01-01T00:00:00Z'), poolObject('a', ['10.0.0.0/8'], {}, '2026-01-01T00:00:00Z')],
      used: 'a',
      other: 'IPAddressPool metallb-system/a',
      range: '10.1.0.0/24',
      otherRange: '10.0.0.0/8',
    },
    {
      title: 'one that overlaps itself',
      pools: [poolObject('a', ['10.0.0.0/24']), poolObject('b', ['11.0.0.0/24', '11.0.0.128/25'])],
      used: 'a',
      other: 'the same pool',
      range: '11.0.0.128/25',
      otherRange: '11.0.0.0/24',
    },
  ])('that overlap: suspends $title', ({ pools, used, other, range, otherRange }) => {
    const suspended = used === 'a' ? 'b' : 'a';
    const resolved = resolve(...pools);
    expect(Object.keys(resolved.used)).toEqual([used]);
    expect(resolved.suspended).toEqual([suspended]);
    expect(resolved.told).toEqual({ [suspended]: [{ code: 'POOL_OVERLAPS', params: { range, other, otherRange } }] });
  });

  it('may touch, and an unusable pool blocks nobody', () => {
    const first = poolObject('a', ['10.0.0.0/24', 'nonsense'], {}, '2025-01-01T00:00:00Z');
    expect(resolve(first, poolObject('b', ['10.0.0.0/25']), poolObject('c', ['10.0.0.128/25'])).used).toEqual({
      b: '10.0.0.0/25',
      c: '10.0.0.128/25',
    });
  });

  it('of one name in two namespaces: uses the older', () => {
    const other = {
      ...poolObject('lan', ['10.9.0.0/24']),
      metadata: { name: 'lan', namespace: 'seamark-system', creationTimestamp: '2026-01-01T00:00:00Z' },
    };
    const resolved = resolve(poolObject('lan', ['10.0.0.0/24'], {}, '2025-01-01T00:00:00Z'), other);
    expect(resolved).toMatchObject({ used: { lan: '10.0.0.0/24' }, suspended: [] });
    expect(resolved.told).toMatchObject({ lan: [{ code: 'POOL_INVALID', params: { field: 'metadata.name' } }] });
  });

  it('that are pinned to some Services are given only on request, and say so', () => {
    const resolved = resolve(
      poolObject('pinned', ['10.0.0.0/24'], { serviceAllocation: { namespaces: ['web'] } }),
      poolObject('ranked', ['10.0.1.0/24'], { serviceAllocation: { priority: 5 } }),
      poolObject('open', ['10.0.2.0/24'], { serviceAllocation: {} }),
    );
    expect(resolved.used).toEqual({ pinned: '10.0.0.0/24 on request', ranked: '10.0.1.0/24', open: '10.0.2.0/24' });
    expect(resolved.told).toMatchObject({
      pinned: [{ code: 'FIELD_NOT_ACTED_ON', params: { field: 'spec.serviceAllocation' } }],
      ranked: [{ code: 'FIELD_NOT_ACTED_ON', params: { field: 'spec.serviceAllocation.priority' } }],
    });
    expect(Object.keys(resolved.told)).toEqual(['pinned', 'ranked']);
  });

  it('do not depend on the order in which they are read', () => {
    const pools = ['c', 'a', 'b'].map((name) => poolObject(name, ['10.0.0.0/24']));
    expect(resolve(...pools)).toEqual(resolve(...pools.toReversed()));
  });
});
