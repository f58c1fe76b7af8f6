import { type Address, formatAddress, parseAddress, parseAddressRange } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';
import type { AddressRequest, FamilyWish } from './address-request.ts';
import { type Allocator, createAllocator } from './allocator.ts';
import type { PoolDefinition } from './pool-state.ts';

const ipv4: FamilyWish = { stack: 'single', family: 'IPv4' };
const ipv6: FamilyWish = { stack: 'single', family: 'IPv6' };
const requireDual: FamilyWish = { stack: 'require-dual' };
const preferDual: FamilyWish = { stack: 'prefer-dual', primary: 'IPv4' };

function pool(name: string, ranges: readonly string[], options: Partial<PoolDefinition> = {}): PoolDefinition {
  return { name, ranges: ranges.map((text) => parseAddressRange(text)), autoAssign: true, avoidBuggyIPs: false, ...options };
}

function allocatorWith(...pools: readonly PoolDefinition[]): Allocator {
  const allocator = createAllocator();
  allocator.configure({ pools, suspended: [] });
  return allocator;
}

function addresses(...texts: readonly string[]): Address[] {
  return texts.map((text) => parseAddress(text));
}

/** What a request leads to, in words: `pool: address …`, or `CODE`, or `CODE, keeps pool: address …`. */
function ask(allocator: Allocator, request: AddressRequest): string {
  const result = allocator.allocate(request);
  const assignment = result.ok ? result.assignment : result.kept;
  const held = assignment && `${assignment.pool}: ${assignment.addresses.map((address) => formatAddress(address)).join(' ')}`;
  if (result.ok) return held ?? '';
  return held === undefined ? result.refusal.code : `${result.refusal.code}, keeps ${held}`;
}

describe('allocation', () => {
  it('gives the lowest free address, range by range in the order of the pool', () => {
    const allocator = allocatorWith(pool('p', ['10.0.9.9/32', '10.0.1.5-10.0.1.6']));
    expect(ask(allocator, { service: 'a', wish: ipv4 })).toBe('p: 10.0.9.9');
    expect(ask(allocator, { service: 'b', wish: ipv4 })).toBe('p: 10.0.1.5');
    expect(ask(allocator, { service: 'c', wish: ipv4 })).toBe('p: 10.0.1.6');
    expect(ask(allocator, { service: 'd', wish: ipv4 })).toBe('NO_FREE_ADDRESS');
    allocator.release('a');
    expect(ask(allocator, { service: 'd', wish: ipv4 })).toBe('p: 10.0.9.9');
  });

  it('chooses pools by name, and those with autoAssign off only when they are asked for', () => {
    const allocator = allocatorWith(
      pool('b', ['10.0.1.0/32']),
      pool('a', ['10.0.0.0/32']),
      pool('0', ['10.0.2.0/24'], { autoAssign: false }),
    );
    expect(ask(allocator, { service: 's1', wish: ipv4 })).toBe('a: 10.0.0.0');
    expect(ask(allocator, { service: 's2', wish: ipv4 })).toBe('b: 10.0.1.0');
    expect(ask(allocator, { service: 's3', wish: ipv4 })).toBe('NO_FREE_ADDRESS');
    expect(ask(allocator, { service: 's3', wish: ipv4, pool: '0' })).toBe('0: 10.0.2.0');
    expect(ask(allocator, { service: 's4', wish: ipv4, addresses: addresses('10.0.2.77') })).toBe('0: 10.0.2.77');
  });

  it('does not expand huge pools, and counts them exactly', () => {
    const allocator = allocatorWith(pool('huge', ['10.0.0.0/8', '2001:db8::/32']));
    expect(
      ask(allocator, {
        service: 'last',
        wish: requireDual,
        addresses: addresses('10.255.255.255', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'),
      }),
    ).toContain('huge');
    expect(ask(allocator, { service: 'first', wish: requireDual })).toBe('huge: 10.0.0.0 2001:db8::');
    expect(allocator.counts()).toEqual([
      { pool: 'huge', autoAssign: true, total: { IPv4: 1n << 24n, IPv6: 1n << 96n }, used: { IPv4: 2n, IPv6: 2n } },
    ]);
  });

  it('leaves out addresses that end in .0 and .255 when the pool says so', () => {
    const allocator = allocatorWith(pool('p', ['1.2.3.254-1.2.4.1', '1000::/127'], { avoidBuggyIPs: true }));
    expect(allocator.counts()[0]?.total).toEqual({ IPv4: 2n, IPv6: 2n });
    expect(ask(allocator, { service: 'a', wish: ipv4 })).toBe('p: 1.2.3.254');
    expect(ask(allocator, { service: 'b', wish: ipv4 })).toBe('p: 1.2.4.1');
    expect(ask(allocator, { service: 'c', wish: ipv4, addresses: addresses('1.2.3.255') })).toBe('ADDRESS_AVOIDED');
    expect(ask(allocator, { service: 'd', wish: ipv6 })).toBe('p: 1000::');
  });
});

describe('refusals', () => {
  const allocator = allocatorWith(pool('a', ['10.0.0.0/31']), pool('v6', ['1000::/128']));
  allocator.configure({ pools: [pool('a', ['10.0.0.0/31']), pool('v6', ['1000::/128'])], suspended: ['broken'] });
  allocator.allocate({ service: 'holder', wish: ipv4, addresses: addresses('10.0.0.1') });

  it.each<{ readonly asks: Omit<AddressRequest, 'service'>; readonly gets: string }>([
    { asks: { wish: ipv4, pool: 'none' }, gets: 'POOL_UNKNOWN' },
    { asks: { wish: ipv4, pool: 'broken' }, gets: 'POOL_UNUSABLE' },
    { asks: { wish: ipv6, pool: 'a' }, gets: 'ADDRESS_POOL_FAMILY' },
    { asks: { wish: requireDual }, gets: 'NO_FREE_ADDRESS' },
    { asks: { wish: requireDual, pool: 'a' }, gets: 'ADDRESS_POOL_FAMILY' },
    { asks: { wish: ipv4, addresses: addresses('10.9.9.9') }, gets: 'ADDRESS_NOT_IN_POOLS' },
    { asks: { wish: requireDual, addresses: addresses('10.0.0.0', '1000::') }, gets: 'ADDRESS_NOT_IN_POOLS' },
    { asks: { wish: ipv4, addresses: addresses('10.0.0.1') }, gets: 'ADDRESS_TAKEN' },
    { asks: { wish: ipv4, addresses: addresses('10.0.0.0'), pool: 'v6' }, gets: 'ADDRESS_POOL_MISMATCH' },
    { asks: { wish: ipv4, addresses: addresses('1000::') }, gets: 'ADDRESS_FAMILY_MISMATCH' },
    { asks: { wish: preferDual, addresses: addresses('10.0.0.0') }, gets: 'ADDRESS_FAMILY_MISMATCH' },
  ])('$gets', ({ asks, gets }) => {
    expect(ask(allocator, { service: 'asker', ...asks })).toBe(gets);
    expect(allocator.assignmentOf('asker')).toBeUndefined();
  });

  it('says that there is no pool at all', () => {
    const result = createAllocator({ poolNamespaces: ['metallb-system', 'seamark-system'] }).allocate({ service: 's', wish: ipv4 });
    expect(result).toMatchObject({
      ok: false,
      refusal: { code: 'NO_POOLS', params: { namespaces: ['metallb-system', 'seamark-system'] } },
    });
  });

  it('names who fills a pool, and how many more there are', () => {
    const full = allocatorWith(pool('p', ['10.0.0.0/28']));
    for (let n = 0; n < 16; n += 1) full.allocate({ service: `web/s${n}`, wish: ipv4 });
    const result = full.allocate({ service: 'late', wish: ipv4, pool: 'p' });
    expect(result).toMatchObject({ refusal: { code: 'POOL_FULL', params: { used: '16', total: '16', otherHolders: 6 } } });
    expect(result).toHaveProperty('refusal.params.holders.0', 'Service web/s0');
  });

  it('counts only the family that ran out', () => {
    const lopsided = allocatorWith(pool('p', ['10.0.0.0/24', '1000::/128']));
    lopsided.allocate({ service: 'a', wish: requireDual });
    expect(lopsided.allocate({ service: 'b', wish: requireDual, pool: 'p' })).toMatchObject({
      refusal: { code: 'POOL_FULL', params: { used: '1', total: '1' } },
    });
  });
});

describe('a Service that has an address', () => {
  it('keeps it when it repeats its request, drops its request, or a better pool appears', () => {
    const allocator = allocatorWith(pool('b', ['10.0.1.0/24']));
    expect(ask(allocator, { service: 's', wish: ipv4, addresses: addresses('10.0.1.9') })).toBe('b: 10.0.1.9');
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('b: 10.0.1.9');
    expect(allocator.configure({ pools: [pool('a', ['10.0.0.0/24']), pool('b', ['10.0.1.0/24'])], suspended: [] })).toEqual([]);
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('b: 10.0.1.9');
    expect(ask(allocator, { service: 's', wish: ipv4, pool: 'b' })).toBe('b: 10.0.1.9');
  });

  it('keeps it while a pool that it names is unknown, unusable or full, and moves as soon as it can', () => {
    const allocator = allocatorWith(pool('a', ['10.0.0.0/32']), pool('b', ['10.0.1.0/32']));
    allocator.allocate({ service: 'other', wish: ipv4, pool: 'b' });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('a: 10.0.0.0');
    expect(ask(allocator, { service: 's', wish: ipv4, pool: 'c' })).toBe('POOL_UNKNOWN, keeps a: 10.0.0.0');
    expect(ask(allocator, { service: 's', wish: ipv4, pool: 'b' })).toBe('POOL_FULL, keeps a: 10.0.0.0');
    allocator.release('other');
    expect(ask(allocator, { service: 's', wish: ipv4, pool: 'b' })).toBe('b: 10.0.1.0');
  });

  it.each(['10.0.0.1', '10.9.9.9', '10.0.1.0'])('loses it when it asks for %s, which it cannot have', (wanted) => {
    const allocator = allocatorWith(pool('a', ['10.0.0.0/24']), pool('b', ['10.0.1.0/24'], { avoidBuggyIPs: true }));
    allocator.allocate({ service: 'other', wish: ipv4, addresses: addresses('10.0.0.1') });
    allocator.allocate({ service: 's', wish: ipv4 });
    const result = allocator.allocate({ service: 's', wish: ipv4, addresses: addresses(wanted) });
    expect(result).toMatchObject({ ok: false, kept: undefined, retired: addresses('10.0.0.0') });
  });

  it('frees the old address only when its status no longer shows it', () => {
    const allocator = allocatorWith(pool('a', ['10.0.0.0/31']));
    allocator.allocate({ service: 's', wish: ipv4 });
    expect(allocator.allocate({ service: 's', wish: ipv4, addresses: addresses('10.0.0.1') })).toMatchObject({
      ok: true,
      retired: addresses('10.0.0.0'),
    });
    expect(ask(allocator, { service: 'waiter', wish: ipv4 })).toBe('NO_FREE_ADDRESS');
    expect(allocator.settle('s', addresses('10.0.0.0'))).toEqual([]);
    expect(ask(allocator, { service: 'waiter', wish: ipv4 })).toBe('NO_FREE_ADDRESS');
    expect(allocator.settle('s', addresses('10.0.0.1'))).toEqual([{ address: parseAddress('10.0.0.0'), pool: 'a' }]);
    expect(ask(allocator, { service: 'waiter', wish: ipv4 })).toBe('a: 10.0.0.0');
  });

  it('may go back to an address that it is about to leave', () => {
    const allocator = allocatorWith(pool('a', ['10.0.0.0/32']));
    allocator.allocate({ service: 's', wish: ipv4 });
    allocator.retire('s');
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('a: 10.0.0.0');
    expect(allocator.settle('s', [])).toEqual([]);
    expect(allocator.counts()[0]?.used.IPv4).toBe(1n);
  });
});

describe('dual stack', () => {
  const dual = (): Allocator => allocatorWith(pool('d', ['10.0.0.0/30', '1000::/127']));

  it('takes both families from one pool or nothing when both are required', () => {
    expect(ask(dual(), { service: 's', wish: requireDual })).toBe('d: 10.0.0.0 1000::');
    expect(ask(allocatorWith(pool('a', ['10.0.0.0/30']), pool('b', ['1000::/127'])), { service: 's', wish: requireDual })).toBe(
      'NO_FREE_ADDRESS',
    );
  });

  it.each<{ readonly title: string; readonly pools: readonly PoolDefinition[]; readonly wish: FamilyWish; readonly gets: string }>([
    {
      title: 'a pool with both families',
      pools: [pool('a', ['10.0.0.0/30']), pool('d', ['10.1.0.0/30', '1000::/127'])],
      wish: preferDual,
      gets: 'd: 10.1.0.0 1000::',
    },
    {
      title: 'else the primary family',
      pools: [pool('a', ['1000::/127']), pool('b', ['10.0.0.0/30'])],
      wish: preferDual,
      gets: 'b: 10.0.0.0',
    },
    {
      title: 'else the primary family, IPv6',
      pools: [pool('a', ['10.0.0.0/30']), pool('b', ['1000::/127'])],
      wish: { stack: 'prefer-dual', primary: 'IPv6' },
      gets: 'b: 1000::',
    },
    { title: 'else the other family', pools: [pool('a', ['1000::/127'])], wish: preferDual, gets: 'a: 1000::' },
  ])('prefers $title', ({ pools, wish, gets }) => {
    expect(ask(allocatorWith(...pools), { service: 's', wish })).toBe(gets);
  });

  it('takes definite addresses of both families in any order, and shows IPv4 first', () => {
    expect(ask(dual(), { service: 's', wish: requireDual, addresses: addresses('1000::1', '10.0.0.2') })).toBe('d: 10.0.0.2 1000::1');
  });

  it('gains the second family from its own pool when that can give it, and from no other', () => {
    const allocator = allocatorWith(pool('d', ['10.0.0.0/30', '1000::/128']), pool('e', ['10.1.0.0/30', '1001::/127']));
    allocator.allocate({ service: 'first', wish: ipv6, pool: 'd' });
    allocator.allocate({ service: 's', wish: ipv4, pool: 'd' });
    expect(allocator.allocate({ service: 's', wish: preferDual })).toMatchObject({ ok: true, gained: false, lacking: ['IPv6'] });
    allocator.release('first');
    expect(ask(allocator, { service: 's', wish: preferDual })).toBe('d: 10.0.0.0 1000::');
  });

  it('never adds a family that the Service has no clusterIP for, however often it is asked', () => {
    const allocator = dual();
    for (let round = 0; round < 3; round += 1) expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('d: 10.0.0.0');
  });

  it('keeps the family that still fits when the Service gives one up', () => {
    const allocator = dual();
    allocator.allocate({ service: 's', wish: requireDual });
    expect(ask(allocator, { service: 's', wish: ipv6 })).toBe('d: 1000::');
    expect(allocator.retiringOf('s')).toEqual(addresses('10.0.0.0'));
  });

  it('keeps one address when its pool loses the other family and both are only preferred', () => {
    const allocator = dual();
    allocator.allocate({ service: 's', wish: preferDual });
    expect(allocator.configure({ pools: [pool('d', ['10.0.0.0/30'])], suspended: [] })).toEqual(['s']);
    expect(ask(allocator, { service: 's', wish: preferDual })).toBe('d: 10.0.0.0');
  });

  it('moves both addresses when both are required and another pool has them', () => {
    const allocator = dual();
    allocator.allocate({ service: 's', wish: requireDual });
    allocator.configure({ pools: [pool('d', ['10.0.0.0/30']), pool('e', ['10.1.0.0/30', '1001::/127'])], suspended: [] });
    expect(ask(allocator, { service: 's', wish: requireDual })).toBe('e: 10.1.0.0 1001::');
  });
});

describe('when pools change', () => {
  it('keeps the address of a pool that is renamed', () => {
    const allocator = allocatorWith(pool('old', ['10.0.0.0/24']));
    allocator.allocate({ service: 's', wish: ipv4, addresses: addresses('10.0.0.7') });
    expect(allocator.configure({ pools: [pool('new', ['10.0.0.0/24'])], suspended: [] })).toEqual(['s']);
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('new: 10.0.0.7');
    expect(allocator.counts()).toMatchObject([{ pool: 'new', used: { IPv4: 1n } }]);
  });

  it('keeps addresses of pools that grow, turn autoAssign off, or become unusable', () => {
    const allocator = allocatorWith(pool('p', ['10.0.0.0/30']));
    allocator.allocate({ service: 's', wish: ipv4, addresses: addresses('10.0.0.2') });
    allocator.configure({ pools: [pool('p', ['10.0.0.0/24'])], suspended: [] });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('p: 10.0.0.2');
    expect(allocator.configure({ pools: [pool('p', ['10.0.0.0/24'], { autoAssign: false })], suspended: [] })).toEqual([]);
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('p: 10.0.0.2');
    allocator.configure({ pools: [], suspended: ['p'] });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('p: 10.0.0.2');
    expect(ask(allocator, { service: 's', wish: ipv4, addresses: addresses('10.0.0.2') })).toBe('p: 10.0.0.2');
    expect(ask(allocator, { service: 't', wish: ipv4 })).toBe('POOL_UNUSABLE');
  });

  it('gives nobody else what a Service holds from an unusable pool', () => {
    const allocator = allocatorWith(pool('young', ['10.0.0.0/30']));
    allocator.allocate({ service: 's', wish: ipv4 });
    allocator.configure({ pools: [pool('old', ['10.0.0.0/31'])], suspended: ['young'] });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('old: 10.0.0.0');
    expect(ask(allocator, { service: 't', wish: ipv4 })).toBe('old: 10.0.0.1');
  });

  it('takes addresses away that no pool has any more, and gives others', () => {
    const allocator = allocatorWith(pool('p', ['10.0.0.0/30']));
    allocator.allocate({ service: 's', wish: ipv4 });
    allocator.allocate({ service: 't', wish: ipv4 });
    expect(allocator.configure({ pools: [pool('p', ['10.0.0.1-10.0.0.3'])], suspended: [] })).toEqual(['s', 't']);
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('p: 10.0.0.2');
    expect(ask(allocator, { service: 't', wish: ipv4 })).toBe('p: 10.0.0.1');
    expect(allocator.settle('s', addresses('10.0.0.2'))).toEqual([{ address: parseAddress('10.0.0.0'), pool: undefined }]);
    allocator.configure({ pools: [], suspended: [] });
    expect(allocator.keep('t')).toEqual({ kept: undefined, retired: addresses('10.0.0.1') });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('NO_POOLS');
  });

  it('moves addresses that avoidBuggyIPs leaves out from now on', () => {
    const allocator = allocatorWith(pool('p', ['10.0.0.0/30']));
    allocator.allocate({ service: 's', wish: ipv4 });
    allocator.configure({ pools: [pool('p', ['10.0.0.0/30'], { avoidBuggyIPs: true })], suspended: [] });
    expect(ask(allocator, { service: 's', wish: ipv4 })).toBe('p: 10.0.0.1');
  });
});

describe('taking over statuses', () => {
  it('lets the first that shows an address keep it', () => {
    const allocator = allocatorWith(pool('p', ['10.0.0.0/30', '1000::/126']));
    expect(allocator.adopt('older', addresses('10.0.0.2'), undefined)?.addresses).toEqual(addresses('10.0.0.2'));
    expect(allocator.adopt('younger', addresses('10.0.0.2', '1000::3'), undefined)?.addresses).toEqual(addresses('1000::3'));
    expect(allocator.adopt('stranger', addresses('192.168.0.1'), undefined)).toBeUndefined();
    expect(allocator.adopt('older', addresses('10.0.0.3'), undefined)?.addresses).toEqual(addresses('10.0.0.2'));
    expect(ask(allocator, { service: 'younger', wish: ipv4 })).toBe('p: 10.0.0.0');
  });

  it('believes a pool name only while that pool is unusable', () => {
    const allocator = createAllocator();
    allocator.configure({ pools: [pool('p', ['10.0.0.0/30'])], suspended: ['broken'] });
    expect(allocator.adopt('a', addresses('10.9.0.1'), 'broken')?.pool).toBe('broken');
    expect(allocator.adopt('b', addresses('10.9.0.2'), 'gone')).toBeUndefined();
    expect(allocator.adopt('c', addresses('10.9.0.1'), 'broken')).toBeUndefined();
    expect(allocator.adopt('d', addresses('10.0.0.1'), 'broken')?.pool).toBe('p');
  });
});
