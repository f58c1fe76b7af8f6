import { dnsNameToWire } from '@seamark/common/model';
import { silentLogger } from '@seamark/common/observability';
import { loadAddon } from '@seamark/netio';
import { unmet } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { decodeMessage } from '../wire/message-decoder.ts';
import { SkydnsZones } from '../zone/skydns/index.ts';
import { combinePolicies } from './answer-policy.ts';
import { compilableTree } from './compilable-zones.ts';
import { CompiledZones } from './compiled-zones.ts';
import { TreeChanges } from './tree-changes.ts';

const addon = loadAddon();
const skipped = unmet('serials of compiled zones', addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem });

/** Zones of one store, as the directive `etcd` has them. */
function storeOf(names: readonly string[]) {
  const zones = new SkydnsZones({
    prefix: '/skydns/',
    zones: names,
    mode: 'strict',
    leaseTimes: { remainingSeconds: () => undefined },
    trackChanges: true,
    onProblem: () => undefined,
  });
  const changes = new TreeChanges(zones.tree);
  zones.reset(
    names.map((name) => entry(name, '192.0.2.1')),
    1,
  );
  return {
    compilable: compilableTree(changes, { by: 'etcd', asked: () => ({}), serial: { group: zones, now: () => zones.serial } }),
    change(revision: number, name: string | undefined) {
      const entries = name === undefined ? [] : [entry(name, `192.0.2.${revision}`)];
      const events = entries.map((each) => ({
        type: 'put' as const,
        entry: { ...each, createRevision: 1, modRevision: revision, version: 2 },
      }));
      zones.apply({ revision, events });
      changes.published();
    },
  };
}

function entry(name: string, host: string) {
  const [zone, top] = name.split('.');
  return { key: `/skydns/${top}/${zone}/www`, value: Buffer.from(JSON.stringify({ host })), lease: '0' };
}

describe.skipIf(skipped)('zones of two stores in one arena, of which the first has the serial of the arena', () => {
  let compiled: CompiledZones;
  let first: ReturnType<typeof storeOf>;
  let second: ReturnType<typeof storeOf>;

  beforeEach(() => {
    compiled = CompiledZones.open(silentLogger, undefined) as CompiledZones;
    [first, second] = [storeOf(['a.test', 'b.test']), storeOf(['c.test', 'd.test'])];
    const policyOf = () => combinePolicies([]);
    compiled.load({
      sources: [first, second].map(({ compilable }) => ({ zones: compilable, policyOf })),
      asks: [],
      refusesOthers: true,
    });
  });
  afterEach(() => compiled.close());

  /** Of the SOA that comes with a name that does not exist. */
  function serials(): readonly (number | undefined)[] {
    return ['a.test', 'b.test', 'c.test', 'd.test'].map((zone) => {
      const query = Uint8Array.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...dnsNameToWire(`no.${zone}`), 0, 1, 0, 1]);
      const out = new Uint8Array(1232);
      const [soa] = decodeMessage(out.subarray(0, compiled.arena.answer(query, out, false))).authorities;
      return soa?.data.type === 'SOA' ? soa.data.serial : undefined;
    });
  }

  test('each say that of their store, also in zones in which nothing changed', async () => {
    await compiled.filled();
    expect(serials()).toEqual([1, 1, 1, 1]);
    first.change(5, 'a.test');
    expect(serials()).toEqual([5, 5, 1, 1]);
    second.change(9, 'c.test');
    expect(serials()).toEqual([5, 5, 9, 9]);
  });

  test('each say it after a change of something that is in no zone', async () => {
    await compiled.filled();
    first.change(6, undefined);
    second.change(7, undefined);
    expect(serials()).toEqual([6, 6, 7, 7]);
  });
});
