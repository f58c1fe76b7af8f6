import { dnsNameToWire } from '@seamark/common/model';
import { loadAddon, openArena } from '@seamark/netio';
import { unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { decodeMessage } from '../wire/message-decoder.ts';
import { recordFromText } from '../wire/presentation/index.ts';
import { recordTypeCode } from '../wire/record-type.ts';
import { rrsetOf, type Rrset, ZoneTree } from '../zone/tree/index.ts';
import { type AnswerPolicy, combinePolicies } from './answer-policy.ts';
import { ArenaFeed } from './arena-feed.ts';
import { TreeChanges } from './tree-changes.ts';
import { TreeSource } from './tree-source.ts';

const addon = loadAddon();
const skipped = unmet('answers of several names', addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem });

/** Zones whose names are given as lines, and an arena that follows them. */
class FollowedZones {
  private readonly tree = new ZoneTree<readonly Rrset[]>(
    { rrsets: (node) => node.payload ?? [], soa: (zone) => rrsetOf(zone.node.payload ?? [], 6) },
    { trackChanges: true },
  );
  private readonly arena = openArena({ reserveOctets: 64 * 2 ** 20 });
  private readonly feed: ArenaFeed;

  constructor(options: { readonly policy?: Partial<AnswerPolicy>; readonly asksForHosts?: boolean } = {}) {
    if (this.arena === undefined) throw new Error('no addon');
    const { policy, ...others } = options;
    const plain = combinePolicies([]) as AnswerPolicy;
    const source = new TreeSource({ changes: new TreeChanges(this.tree), policyOf: () => ({ ...plain, ...policy }), ...others });
    this.feed = new ArenaFeed(this.arena, [source]);
    this.feed.load();
  }

  zone(name: string, serial = 1): void {
    this.tree.touchZone(this.tree.addZone(dnsNameToWire(name)));
    this.set(name, `SOA ns.${name}. host.${name}. ${serial} 1 1 1 1`);
  }

  /** Gives a name these records, or none, as one change. */
  set(name: string, ...records: readonly string[]): void {
    const { tree } = this;
    const byType = new Map<number, Rrset>();
    for (const record of records) {
      const read = recordFromText(record, Uint8Array.of(0));
      if (!read.ok) throw new Error(`${record}: ${read.problem}`);
      const { type, rdata } = read.value;
      byType.set(type, { type, ttlSeconds: 60, rdata: [...(byType.get(type)?.rdata ?? []), rdata] });
    }
    tree.set(tree.ensure(dnsNameToWire(name)), byType.size === 0 ? undefined : [...byType.values()]);
    this.feed.update();
  }

  /** The types of the sections' records, `A AAAA | | A`; `ask` when JavaScript must answer. */
  ask(name: string, type: string): string {
    const code = recordTypeCode(type) as number;
    const query = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...dnsNameToWire(name), code >>> 8, code & 0xff, 0, 1];
    const out = new Uint8Array(1232);
    const length = this.arena?.answer(Uint8Array.from(query), out, false) ?? 0;
    if (length <= 0) return 'ask';
    const { answers, authorities, additionals } = decodeMessage(out.subarray(0, length));
    return [answers, authorities, additionals].map((section) => section.map((record) => record.type).join(' ')).join('|');
  }
}

describe.skipIf(skipped)('answers of several names', () => {
  test('follow an alias, also where its end has no such type, until the end changes, goes and comes back', () => {
    const zones = new FollowedZones();
    zones.zone('z.test');
    zones.set('alias.z.test', 'CNAME end.z.test.');
    expect(zones.ask('alias.z.test', 'A')).toBe('ask');
    zones.set('end.z.test', 'A 192.0.2.1');
    expect(zones.ask('alias.z.test', 'A')).toBe('5 1||');
    expect(zones.ask('alias.z.test', 'AAAA')).toBe('5|6|');
    expect(zones.ask('alias.z.test', 'CNAME')).toBe('5||');
    zones.set('end.z.test', 'AAAA 2001:db8::1');
    expect(zones.ask('alias.z.test', 'A')).toBe('5|6|');
    expect(zones.ask('alias.z.test', 'AAAA')).toBe('5 28||');
    zones.set('end.z.test');
    expect(zones.ask('alias.z.test', 'AAAA')).toBe('ask');
  });

  test('follow chains through wildcards and other zones as they come', () => {
    const zones = new FollowedZones();
    zones.zone('z.test');
    zones.zone('other.test');
    zones.set('alias.z.test', 'CNAME a.b.other.test.');
    zones.set('*.other.test', 'CNAME end.z.test.');
    zones.set('end.z.test', 'A 192.0.2.1');
    expect(zones.ask('alias.z.test', 'A')).toBe('5 5 1||');
    zones.set('b.other.test', 'TXT x'); // hides the wildcard
    expect(zones.ask('alias.z.test', 'A')).toBe('ask');
    zones.set('b.other.test');
    expect(zones.ask('alias.z.test', 'A')).toBe('5 5 1||');
    zones.set('a.b.other.test', 'A 192.0.2.2');
    expect(zones.ask('alias.z.test', 'A')).toBe('5 1||');
  });

  test('are those of a wildcard for every name below it, unless it leads to itself', () => {
    const zones = new FollowedZones();
    zones.zone('z.test');
    zones.set('end.z.test', 'A 192.0.2.1');
    zones.set('*.w.z.test', 'CNAME end.z.test.');
    expect(zones.ask('any.thing.w.z.test', 'A')).toBe('5 1||');
    zones.set('*.w.z.test', 'CNAME a.w.z.test.');
    expect(zones.ask('any.thing.w.z.test', 'A')).toBe('ask');
  });

  test('have the addresses of hosts; without them somebody else may know them', () => {
    const [zones, complete] = [new FollowedZones(), new FollowedZones({ asksForHosts: false })];
    for (const each of [zones, complete]) {
      each.zone('z.test');
      each.set('mail.z.test', 'MX 1 host.z.test.');
    }
    expect([zones.ask('mail.z.test', 'MX'), complete.ask('mail.z.test', 'MX')]).toEqual(['ask', '15||']);
    for (const each of [zones, complete]) each.set('host.z.test', 'A 192.0.2.1', 'AAAA 2001:db8::1');
    expect([zones.ask('mail.z.test', 'MX'), complete.ask('mail.z.test', 'MX')]).toEqual(['15||1 28', '15||1 28']);
  });

  test('go to JavaScript where their records have to change places', () => {
    const zones = new FollowedZones({ policy: { rotate: true } });
    zones.zone('z.test');
    zones.set('alias.z.test', 'CNAME end.z.test.');
    zones.set('end.z.test', 'A 192.0.2.1');
    expect(zones.ask('alias.z.test', 'A')).toBe('5 1||');
    zones.set('end.z.test', 'A 192.0.2.1', 'A 192.0.2.2');
    expect(zones.ask('alias.z.test', 'A')).toBe('ask');
  });

  test('are left to JavaScript above a thousand that depend on one name', () => {
    const zones = new FollowedZones();
    zones.zone('z.test');
    zones.set('end.z.test', 'A 192.0.2.1');
    for (let count = 0; count < 1030; count++) zones.set(`alias${count}.z.test`, 'CNAME end.z.test.');
    expect([zones.ask('alias0.z.test', 'A'), zones.ask('alias1029.z.test', 'A')]).toEqual(['5 1||', 'ask']);
  });
});
