import { silentLogger } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import type { KvEvent } from '@seamark/kv-store-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ask, type Content, indexOf, keyValue, namesOf } from '../../testing/ask.ts';
import { reportedTo } from '../key-problems.ts';
import { sayWithoutAddress } from '../name-servers-without-address.ts';
import { SkydnsZones, type SkydnsZonesOptions } from './index.ts';

const put = (key: string, value: unknown): KvEvent => ({ type: 'put', entry: keyValue(key, value, 8) });
const remove = (key: string): KvEvent => ({ type: 'delete', key: `/skydns/${key}`, modRevision: 8 });

/** An index that keeps the problems it is told of. */
function watched(content: Content, options: Partial<SkydnsZonesOptions> = {}): { index: SkydnsZones; problems: Map<string, string> } {
  const problems = new Map<string, string>();
  const onProblem: SkydnsZonesOptions['onProblem'] = (key, found) =>
    void (found === undefined ? problems.delete(key) : problems.set(key, found.problem));
  return { index: indexOf(content, { ...options, onProblem }), problems };
}

describe('changes', () => {
  it('are all visible after their revision, and none before', () => {
    const index = indexOf({ 'org/example/a': { host: '192.0.2.1' } });
    index.apply({
      revision: 9,
      events: [remove('org/example/a'), put('org/example/b', { host: '192.0.2.2' }), put('org/example/c', { host: 'b.example.org' })],
    });
    expect(ask(index, 'a.example.org A').rcode).toBe('NXDOMAIN');
    expect(ask(index, 'c.example.org A').answer).toHaveLength(2);
    expect(ask(index, 'example.org SOA').answer[0]).toContain(' 9 14400 ');
    expect(index.revision).toBe(9);
  });

  it('that move a record to another name leave nothing at the old one', () => {
    const index = indexOf({ 'org/example/a/b/11111111': { host: '192.0.2.1', targetstrip: 1 } });
    index.apply({ revision: 9, events: [put('org/example/a/b/11111111', { host: '192.0.2.1', targetstrip: 2 })] });
    expect(ask(index, 'a.example.org A').answer).toHaveLength(1);
    expect(ask(index, 'b.a.example.org A').rcode).toBe('NXDOMAIN');
  });

  it('that remove a name remove the empty names above it, up to the apex', () => {
    const index = indexOf({ 'org/example/a/b/c': { host: '192.0.2.1' }, 'org/example/a/x': { host: '192.0.2.1' } });
    expect(namesOf(index)).toEqual(['a.example.org', 'b.a.example.org', 'c.b.a.example.org', 'example.org', 'x.a.example.org']);
    index.apply({ revision: 9, events: [remove('org/example/a/b/c')] });
    expect(namesOf(index)).toEqual(['a.example.org', 'example.org', 'x.a.example.org']);
    index.apply({ revision: 10, events: [remove('org/example/a/x'), remove('org/example/never-was')] });
    expect(namesOf(index)).toEqual(['example.org']);
  });

  it('in any order lead to the index that the same content gives at once', { timeout: 120_000 }, () => {
    const key = fc
      .array(fc.constantFrom('a', 'b', '*', 'sub', '11111111'), { minLength: 0, maxLength: 4 })
      .chain((labels) => fc.constantFrom(...['org/example', 'net/example', 'org/example/sub'].map((zone) => [zone, ...labels].join('/'))));
    const value = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          host: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
          targetstrip: fc.constantFrom(0, 1),
          ttl: fc.constantFrom(0, 5),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          host: fc.constantFrom('a.example.org', 'b.example.net', 'x.y'),
          text: fc.constantFrom('', 't'),
          targetstrip: fc.constantFrom(0, 1),
        }),
      },
      { weight: 1, arbitrary: fc.record({ host: fc.constant('a.example.org'), port: fc.constant(80), mail: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constantFrom('not json', '{}', '[]', '{"host":5}') },
    );
    const change = fc.record({ key, value: fc.option(value, { nil: undefined }) });
    const zones = fc.constantFrom<SkydnsZonesOptions['zones']>(
      'auto',
      ['example.org'],
      ['sub.example.org', 'example.org', 'auto'],
      ['example.org', 'sub.example.org', 'example.net'],
    );
    const nameServers = [{ name: 'a', addresses: ['198.51.100.1'] }];
    const modes = fc.constantFrom<SkydnsZonesOptions['mode']>('strict', 'skydns');
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), zones, modes, (batches, chosen, mode) => {
        const { index, problems } = watched({}, { zones: chosen, nameServers, mode });
        const content = new Map<string, unknown>();
        let revision = 7;
        for (const batch of batches) {
          // What was asked before must not outlive its change.
          for (const zone of index.tree.zones()) for (const node of index.tree.walk(zone.node)) index.tree.rrsets(node);
          const last = new Map(batch.map((item) => [item.key, item.value]));
          const events = [...last].map(([at, stored]) => (stored === undefined ? remove(at) : put(at, stored)));
          index.apply({ revision: ++revision, events });
          for (const [at, stored] of last)
            if (stored === undefined) content.delete(at);
            else content.set(at, stored);
        }
        const fresh = watched({}, { zones: chosen, nameServers, mode });
        fresh.index.reset(
          [...content].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([at, stored]) => keyValue(at, stored)),
          revision,
        );
        expect(namesOf(index)).toEqual(namesOf(fresh.index));
        expect(problems).toEqual(fresh.problems);
        expect(index.stats()).toEqual(fresh.index.stats());
        const zoneSizes = (of: SkydnsZones) => new Map([...of.tree.zones()].map((zone) => [zone.label, of.recordsIn(zone)]));
        expect(zoneSizes(index)).toEqual(zoneSizes(fresh.index));
        for (const name of [...namesOf(index), 'x.sub.example.org', 'q.example.org', 'q.q.example.net']) {
          for (const type of ['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'NS']) {
            const { message: _, ...sections } = ask(index, `${name} ${type}`);
            expect(sections).toEqual((({ message: __, ...other }) => other)(ask(fresh.index, `${name} ${type}`)));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a reset replaces everything known before', () => {
    const { index, problems } = watched({ 'org/example/a': { host: '192.0.2.1' }, 'org/example/bad': 'x' });
    expect(problems.size).toBe(1);
    index.reset([keyValue('org/example/b', { host: '192.0.2.2' })], 20);
    expect(ask(index, 'a.example.org A').rcode).toBe('NXDOMAIN');
    expect(ask(index, 'b.example.org A').answer).toHaveLength(1);
    expect(problems.size).toBe(0);
  });

  it('the serial is the revision modulo 2^32', () => {
    const index = indexOf({ 'org/example/a': { host: '192.0.2.1' } });
    index.apply({ revision: 2 ** 32 + 5, events: [] });
    expect(ask(index, 'example.org SOA').answer[0]).toContain(' 5 14400 ');
    index.apply({ revision: 2 ** 32 - 1, events: [] });
    expect(ask(index, 'nothing.example.org A').authority[0]).toContain(' 4294967295 14400 ');
  });
});

describe('keys that cannot be served', () => {
  const bad: Content = {
    'org/example/json': '{"host":',
    'org/example/array': '[]',
    'org/example/type': { host: 5 },
    'org/example/fraction': { host: '192.0.2.1', ttl: 1.5 },
    'org/example/empty': {},
    'org/example/host': { host: 'not a name' },
    'org/example/strip': { host: '192.0.2.1', targetstrip: 9 },
    [`org/example/${'x'.repeat(64)}`]: { host: '192.0.2.1' },
    'org/example/half': { host: '..', text: 'still here' },
  };

  it('are told of one by one and cost nobody else', () => {
    const { index, problems } = watched({ ...bad, 'org/example/good': { host: '192.0.2.1' } });
    expect([...problems.keys()].map((key) => key.slice('/skydns/'.length)).toSorted()).toEqual(Object.keys(bad).toSorted());
    expect(index.stats()).toMatchObject({ keys: 2, problems: Object.keys(bad).length });
    expect(ask(index, 'good.example.org A').answer).toHaveLength(1);
    expect(ask(index, 'half.example.org TXT').answer).toEqual(['half.example.org. 300 IN TXT "still here"']);
    expect(ask(index, 'json.example.org A')).toMatchObject({ rcode: 'NOERROR', answer: [] });
  });

  it('are served once they are mended, and forgotten once they are deleted', () => {
    const { index, problems } = watched(bad);
    index.apply({
      revision: 9,
      events: Object.keys(bad)
        .slice(0, 4)
        .map((key) => put(key, { host: '192.0.2.1' })),
    });
    expect(ask(index, 'json.example.org A').answer).toHaveLength(1);
    index.apply({ revision: 10, events: Object.keys(bad).slice(4).map(remove) });
    expect(problems.size).toBe(0);
    expect(index.stats().problems).toBe(0);
  });

  it('stop being served when a good value becomes a bad one', () => {
    const { index, problems } = watched({ 'org/example/a': { host: '192.0.2.1' } });
    index.apply({ revision: 9, events: [put('org/example/a', 'broken')] });
    expect(ask(index, 'a.example.org A')).toMatchObject({ rcode: 'NOERROR', answer: [] });
    expect(problems.get('/skydns/org/example/a')).toMatch(/not JSON/);
    index.apply({ revision: 10, events: [remove('org/example/a')] });
    expect(ask(index, 'a.example.org A').rcode).toBe('NXDOMAIN');
  });

  it.each(['skydns', 'strict'] as const)('are names all the same, for which no wildcard stands (RFC 4592 2.2.2), in mode %s', (mode) => {
    const { index } = watched({ ...bad, 'org/example/*': { host: '192.0.2.99' }, 'org/example/leaf/11111111': 'no JSON' }, { mode });
    for (const name of ['json', 'array', 'type', 'fraction', 'empty', 'host', 'half', 'leaf'])
      expect(ask(index, `${name}.example.org A`), name).toMatchObject({ rcode: 'NOERROR', answer: [] });
    expect(ask(index, 'strip.example.org A')).toMatchObject({ rcode: 'NOERROR', answer: [] });
    expect(ask(index, 'other.example.org A').answer).toHaveLength(1);
    index.apply({ revision: 9, events: [remove('org/example/json'), remove('org/example/leaf/11111111')] });
    expect(ask(index, 'json.example.org A').answer).toHaveLength(1);
    expect(ask(index, 'leaf.example.org A').answer).toHaveLength(1);
  });

  it.each([' 192.0.2.1', '192.0.2.1\t', 'web.example.org ', '\nweb.example.org'])('have white space around their host: %j', (host) => {
    const { index, problems } = watched({ 'org/example/a': { host, text: 'beside it' } });
    expect(ask(index, 'a.example.org A').answer).toEqual([]);
    expect(ask(index, 'a.example.org TXT').answer).toHaveLength(1);
    expect(problems.get('/skydns/org/example/a')).toMatch(/has white space around it: remove it$/);
  });

  it('are told of with the part that is not served, when the rest is', () => {
    const told = (content: Content, mode: 'skydns' | 'strict' = 'strict'): string[] => {
      const reasons = createReasonStream();
      indexOf(content, { mode, onProblem: reportedTo(reasons) });
      return [...reasons.list()].map(({ message }) => message);
    };
    expect(told({ 'org/example/a': { host: '..', text: 'still here', records: ['A 192.0.2', 'A 192.0.2.1', 5] } })).toEqual([
      expect.stringMatching(
        /^\/skydns\/org\/example\/a is served without its host, records\[0\], records\[2\]: host .*; records\[0\] .*; records\[2\] is not a text; the rest of it is served, as is every other key$/,
      ),
    ]);
    expect(told({ 'org/example/a': { host: '..' } })).toEqual([expect.stringMatching(/a is not served: host .*; every other key is$/)]);
    const aliasAtApex = { 'org/example': { host: 'web.example.net' } };
    expect(told(aliasAtApex, 'strict')).toEqual([expect.stringMatching(/^\/skydns\/org\/example is not served: its name is the apex/)]);
    // SkyDNS gives the host as SRV.
    expect(told(aliasAtApex, 'skydns')).toEqual([
      expect.stringMatching(/^\/skydns\/org\/example is served without its alias: its name is/),
    ]);
  });

  it('an alias beside addresses gives way to them and says so, until they go', () => {
    const { index, problems } = watched({
      'org/example/a/1': { host: 'b.example.net', targetstrip: 1 },
      'org/example/a/2': { host: '192.0.2.1', targetstrip: 1 },
    });
    expect(ask(index, 'a.example.org A').answer).toEqual(['a.example.org. 300 IN A 192.0.2.1']);
    expect(ask(index, 'a.example.org AAAA').answer).toEqual([]);
    expect(problems.get('/skydns/org/example/a/1')).toMatch(/stands alone/);
    index.apply({ revision: 9, events: [remove('org/example/a/2')] });
    expect(ask(index, 'a.example.org A').answer).toEqual(['a.example.org. 300 IN CNAME b.example.net.']);
    expect(problems.size).toBe(0);
  });

  it('a second alias of a name gives way to the first by key', () => {
    const { index, problems } = watched({
      'org/example/a/2': { host: 'c.example.net', targetstrip: 1 },
      'org/example/a/1': { host: 'b.example.net', targetstrip: 1 },
    });
    expect(ask(index, 'a.example.org A').answer).toEqual(['a.example.org. 300 IN CNAME b.example.net.']);
    expect([...problems]).toEqual([['/skydns/org/example/a/2', expect.stringContaining('/skydns/org/example/a/1')]]);
  });
});

describe('zones', () => {
  it('made by themselves come and go with their records', () => {
    const index = indexOf({}, { zones: 'auto' });
    expect(ask(index, 'web.example.org A').rcode).toBe('REFUSED');
    index.apply({ revision: 8, events: [put('org/example/a/web/11111111', { host: '192.0.2.1', targetstrip: 1 })] });
    expect(ask(index, 'web.a.example.org A').answer).toHaveLength(1);
    expect(ask(index, 'no.example.org A')).toMatchObject({
      rcode: 'NXDOMAIN',
      authority: [expect.stringMatching(/^example\.org\. 5 IN SOA/)],
    });
    index.apply({ revision: 9, events: [remove('org/example/a/web/11111111')] });
    expect(ask(index, 'web.a.example.org A').rcode).toBe('REFUSED');
    expect(namesOf(index)).toEqual([]);
  });

  it('made by themselves stay out of listed ones', () => {
    const index = indexOf(
      { 'org/example/k8s/web': { host: '192.0.2.1' }, 'lab/home/web': { host: '192.0.2.2' } },
      { zones: ['k8s.example.org', 'auto'] },
    );
    expect([...index.tree.zones()].map(({ label }) => label).toSorted()).toEqual(['home.lab.', 'k8s.example.org.']);
    expect(ask(index, 'example.org A').rcode).toBe('REFUSED');
  });

  it('a name of one label has no zone by itself, which is said', () => {
    const { index, problems } = watched({ printer: { host: '192.0.2.1' } }, { zones: 'auto' });
    expect(ask(index, 'printer A').rcode).toBe('REFUSED');
    expect(problems.size).toBe(1);
    expect(ask(indexOf({ printer: { host: '192.0.2.1' } }, { zones: ['printer'] }), 'printer A').answer).toHaveLength(1);
  });

  it('records outside the listed zones are neither served nor a problem', () => {
    const { index, problems } = watched({ 'net/example/web': { host: '192.0.2.1' } });
    expect(ask(index, 'web.example.net A').rcode).toBe('REFUSED');
    expect(problems.size).toBe(0);
  });

  it('have SOA and NS as configured, with addresses of name servers that stand in the zone', () => {
    const options = {
      zones: ['example.org', 'example.net'],
      soa: {
        refreshSeconds: 1,
        retrySeconds: 2,
        expireSeconds: 3,
        negativeTtlSeconds: 60,
        ttlSeconds: 30,
        mname: 'hidden.example.com',
        rname: 'admin',
      },
      nameServers: [
        { name: 'ns-a', addresses: ['198.51.100.1', '2001:db8::53'] },
        { name: 'ns.example.net', addresses: ['198.51.100.2'] },
      ],
    };
    const index = indexOf({ 'org/example/web': { host: '192.0.2.1' } }, options);
    expect(ask(index, 'example.org SOA').answer).toEqual(['example.org. 30 IN SOA hidden.example.com. admin.example.org. 7 1 2 3 60']);
    expect(ask(index, 'web.example.org AAAA').authority).toEqual([
      'example.org. 30 IN SOA hidden.example.com. admin.example.org. 7 1 2 3 60',
    ]);
    expect(ask(index, 'example.org NS')).toMatchObject({
      answer: ['example.org. 30 IN NS ns-a.example.org.', 'example.org. 30 IN NS ns.example.net.'],
      additional: [
        'ns-a.example.org. 30 IN A 198.51.100.1',
        'ns-a.example.org. 30 IN AAAA 2001:db8::53',
        'ns.example.net. 30 IN A 198.51.100.2',
      ],
    });
    expect(ask(index, 'ns-a.example.org A').answer).toEqual(['ns-a.example.org. 30 IN A 198.51.100.1']);
  });

  it.each(['skydns', 'strict'] as const)('without a name server have ns1, at the addresses where they are answered, in mode %s', (mode) => {
    const index = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org', 'auto'], mode });
    index.addServerAddresses(['192.0.2.53']);
    index.addServerAddresses(['2001:db8::53', '192.0.2.53']);
    const entries = ['org/example/a', 'net/example/a', 'org/example/*'].map((key) => keyValue(key, { host: '192.0.2.1' }));
    index.reset(entries, 7);
    for (const zone of ['example.org', 'example.net'])
      expect(ask(index, `${zone} NS`)).toMatchObject({
        answer: [`${zone}. 3600 IN NS ns1.${zone}.`],
        additional: [`ns1.${zone}. 3600 IN A 192.0.2.53`, `ns1.${zone}. 3600 IN AAAA 2001:db8::53`],
      });
    index.apply({ revision: 9, events: [put('org/example/ns1', { host: '192.0.2.54' })] });
    expect(ask(index, 'example.org NS').additional).toEqual(['ns1.example.org. 300 IN A 192.0.2.54']);
    index.apply({ revision: 10, events: [remove('net/example/a')] });
    expect(ask(index, 'ns1.example.net A').rcode).toBe('REFUSED');
  });

  it('with name servers in the options do not take the addresses where they are answered', () => {
    const index = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org'], mode: 'strict', nameServers: [{ name: 'ns7' }] });
    index.addServerAddresses(['192.0.2.53']);
    index.reset([], 7);
    expect(ask(index, 'example.org NS')).toMatchObject({ answer: ['example.org. 3600 IN NS ns7.example.org.'], additional: [] });
  });

  it('say which name servers in them have no address', () => {
    const nameServers = [{ name: 'ns1' }, { name: 'ns2', addresses: ['192.0.2.1'] }, { name: 'ns.example.com' }];
    const { tree } = indexOf({}, { zones: ['example.org', 'example.net'], nameServers });
    const lines: string[] = [];
    sayWithoutAddress(tree, 'do this', { ...silentLogger, warn: (line: string) => void lines.push(line) });
    expect(lines).toEqual([
      expect.stringMatching(/^name servers without address, .*: ns1\.example\.org, ns1\.example\.net; do this, or store /),
    ]);
    sayWithoutAddress(indexOf({ 'org/example/ns1': { host: '192.0.2.1' } }).tree, 'do this', {
      ...silentLogger,
      warn: (line: string) => void lines.push(line),
    });
    expect(lines).toHaveLength(1);
  });

  it('stored addresses of a name server replace the configured ones', () => {
    const options = { nameServers: [{ name: 'ns1', addresses: ['198.51.100.1'] }] };
    const index = indexOf({ 'org/example/ns1/11111111': { host: '192.0.2.53', targetstrip: 1 } }, options);
    expect(ask(index, 'ns1.example.org A').answer).toEqual(['ns1.example.org. 300 IN A 192.0.2.53']);
    index.apply({ revision: 9, events: [remove('org/example/ns1/11111111')] });
    expect(ask(index, 'ns1.example.org A').answer).toEqual(['ns1.example.org. 3600 IN A 198.51.100.1']);
  });
});
