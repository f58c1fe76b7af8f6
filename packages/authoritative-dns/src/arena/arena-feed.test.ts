import { dnsNameToWire } from '@seamark/common/model';
import { type AnswerArena, loadAddon, openArena } from '@seamark/netio';
import { unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { SkydnsZones } from '../zone/skydns/index.ts';
import { combinePolicies } from './answer-policy.ts';
import { ArenaFeed } from './arena-feed.ts';
import { TreeChanges } from './tree-changes.ts';
import { TreeSource } from './tree-source.ts';

const addon = loadAddon();
const skipped = unmet('an arena that is filled in turns', addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem });
/** More than one turn takes. */
const many = 30_000;

interface World extends Disposable {
  readonly zones: SkydnsZones;
  readonly arena: AnswerArena;
  readonly changes: Pick<TreeChanges<unknown>, 'isBeingCompiled'>;
  readonly feed: ArenaFeed;
  put(revision: number, content: Readonly<Record<string, string | undefined>>): void;
  /** NOERROR with the last octet of an address, another code, or `undefined` = for JavaScript. */
  asked(name: string): number | string | undefined;
}

function world(entries: number): World {
  const zones = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org'], mode: 'skydns' });
  const entry = (name: string, host: string) => ({
    key: `/skydns/org/example/${name}`,
    value: Buffer.from(JSON.stringify({ host })),
    lease: '0',
  });
  const reset = (count: number, revision: number): void =>
    zones.reset(
      Array.from({ length: count }, (_, at) => entry(`deep/h${at}`, `192.0.2.${at % 250}`)),
      revision,
    );
  reset(entries, 1);
  const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
  if (arena === undefined) throw new Error('no addon');
  arena.setCookies({ policy: 'ignore' });
  const policy = combinePolicies([]);
  const changes = new TreeChanges(zones.tree);
  const source = new TreeSource({ changes, policyOf: () => policy, sharedSerial: () => zones.serial });
  const feed = new ArenaFeed(arena, [source], { refusesOthers: true });
  const out = new Uint8Array(1232);
  return {
    zones,
    arena,
    changes,
    feed,
    put(revision, content) {
      const events = Object.entries(content).map(([name, host]) => {
        const { key, value, lease } = entry(name, host ?? '');
        if (host === undefined) return { type: 'delete' as const, key, modRevision: revision };
        return { type: 'put' as const, entry: { key, value, lease, createRevision: revision, modRevision: revision, version: 1 } };
      });
      zones.apply({ revision, events });
      feed.update();
    },
    asked(name) {
      const query = Uint8Array.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...dnsNameToWire(name), 0, 1, 0, 1]);
      const length = arena.answer(query, out, false);
      if (length === 0) return undefined;
      return (out[3] as number) === 0 && (out[7] as number) === 1 ? out[length - 1] : `code ${(out[3] as number) & 15}`;
    },
    [Symbol.dispose]() {
      feed[Symbol.dispose]();
      source[Symbol.dispose]();
    },
  };
}

describe.skipIf(skipped)('an arena with many names', () => {
  it('is filled in turns, and until then leaves to JavaScript what it does not have', async () => {
    using test = world(many);
    test.feed.load();
    expect(test.changes.isBeingCompiled).toBe(true);
    const { names } = test.arena.stats();
    expect(names).toBeLessThan(many);
    const first = Array.from({ length: many }, (_, at) => test.asked(`h${at}.deep.example.org`));
    expect(first.filter((answer) => answer === undefined).length).toBe(many + 1 - names);
    for (const [at, answer] of first.entries()) if (answer !== undefined) expect(answer).toBe(at % 250);
    for (const name of ['no.example.org', 'no.deep.example.org', 'example.org', 'deep.example.org'])
      expect(test.asked(name)).toBeUndefined();
    expect(test.asked('elsewhere.example.net')).toBe('code 5');
    await test.feed.filled();
    expect(test.changes.isBeingCompiled).toBe(false);
    for (let at = 0; at < many; at++) expect(test.asked(`h${at}.deep.example.org`)).toBe(at % 250);
    expect(test.asked('no.deep.example.org')).toBe('code 3');
  });

  it('has changes that come meanwhile at once, and keeps them', async () => {
    using test = world(many);
    test.feed.load();
    test.put(2, {
      'deep/h0': '192.0.2.251',
      'deep/h29999': '192.0.2.252',
      'deep/h15000': undefined,
      'deep/new': '192.0.2.253',
      'other/x/y': '192.0.2.254',
    });
    const changed = [
      ['h0.deep.example.org', 251],
      ['h29999.deep.example.org', 252],
      ['new.deep.example.org', 253],
      ['y.x.other.example.org', 254],
    ] as const;
    for (const [name, answer] of changed) expect(test.asked(name)).toBe(answer);
    expect(test.asked('h15000.deep.example.org')).toBeUndefined();
    expect(test.asked('no.x.other.example.org')).toBeUndefined();
    await test.feed.filled();
    for (const [name, answer] of changed) expect(test.asked(name)).toBe(answer);
    for (const name of ['h15000.deep.example.org', 'no.x.other.example.org']) expect(test.asked(name)).toBe('code 3');
  });

  it('is filled in turns as well when a change brings most of them', async () => {
    using test = world(10);
    test.feed.load();
    expect(test.asked('h1.deep.example.org')).toBe(1);
    test.put(2, Object.fromEntries(Array.from({ length: many }, (_, at) => [`deep/h${at}`, `192.0.2.${at % 200}`])));
    expect(test.changes.isBeingCompiled).toBe(true);
    await test.feed.filled();
    for (let at = 0; at < many; at++) expect(test.asked(`h${at}.deep.example.org`)).toBe(at % 200);
  });

  it('fills no more once it is given up', async () => {
    using test = world(many);
    test.feed.load();
    const { names } = test.arena.stats();
    const filled = test.feed.filled();
    test.feed[Symbol.dispose]();
    await filled;
    await new Promise(setImmediate);
    expect(test.arena.stats().names).toBe(names);
  });
});
