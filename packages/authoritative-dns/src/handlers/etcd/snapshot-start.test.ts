import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { silentLogger } from '@seamark/common/observability';
import type { KvStore } from '@seamark/kv-store-client';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { type EtcdServer, etcdRequirement, eventually, startEtcd, startTcpProxy, temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, describe, expect, it } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import { writeContent } from '../../testing/server.ts';
import { SkydnsZones } from '../../zone/skydns/index.ts';
import { answerSkydns } from '../../zone/skydns/answer-skydns.ts';
import { answerText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { EtcdSource } from './etcd-source.ts';

const folder = temporaryFolder('snapshot-start');
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const newFile = (): string => join(folder.path, `${++files}.snapshot`);

interface Started extends AsyncDisposable {
  readonly source: EtcdSource;
  /** Readings of everything so far. */
  readonly readings: () => number;
  asked(name: string): readonly string[];
}

async function start(endpoint: string, file: string): Promise<Started> {
  let readings = 0;
  const etcd = createEtcdStore({ endpoints: [endpoint] });
  const store: KvStore = {
    ...etcd,
    driver: etcd.driver,
    description: etcd.description,
    range: (selector, options) => {
      if ('prefix' in selector) readings++;
      return etcd.range(selector, options);
    },
    watch: (options, listener) => etcd.watch(options, listener),
    leaseTimeToLive: (id, options) => etcd.leaseTimeToLive(id, options),
    close: () => etcd.close(),
  };
  const source = new EtcdSource({
    store,
    prefix: '/skydns/',
    snapshot: { file, intervalMs: 60_000 },
    logger: silentLogger,
    closesStore: true,
  });
  const zones = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org'], mode: 'skydns', leaseTimes: source.leases });
  source.add(zones);
  await source.start();
  return {
    source,
    readings: () => readings,
    asked: (name) => {
      const response = answerSkydns(zones, question(name), { by: 'etcd', askOutside: () => emptyResponse('', 5) });
      if (response === undefined || response instanceof Promise) throw new Error(`no answer for ${name}`);
      return answerText(response);
    },
    [Symbol.asyncDispose]: () => source.stop(),
  };
}

/** A snapshot as a source leaves it that followed etcd for a while. */
async function leaveSnapshot(etcd: EtcdServer, file: string, changes: readonly Readonly<Record<string, unknown>>[] = []): Promise<void> {
  await using first = await start(etcd.endpoint, file);
  for (const change of changes) await write(etcd, change);
  await write(etcd, { 'org/example/mark': { host: '192.0.2.99' } });
  await eventually(() => expect(first.asked('mark.example.org')).toEqual(present('mark', '192.0.2.99')));
  expect(first.readings()).toBe(1);
}

async function write(etcd: EtcdServer, content: Readonly<Record<string, unknown>>): Promise<number> {
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  try {
    return await writeContent(store, content);
  } finally {
    await store.close();
  }
}

const present = (name: string, address: string): readonly string[] => ['NOERROR aa', `${name}.example.org. 300 A ${address}`];
const missing = ['NXDOMAIN aa'];

describe.skipIf(unmet('starts from a snapshot beside etcd', etcdRequirement()))('a start with a snapshot', () => {
  it('follows etcd from the snapshot on, and reads nothing again', async () => {
    await using etcd = await startEtcd();
    const file = newFile();
    await write(etcd, { 'org/example/a': { host: '192.0.2.1' }, 'org/example/b': { host: '192.0.2.2' } });
    await leaveSnapshot(etcd, file, [{ 'org/example/b': undefined }]);
    await write(etcd, { 'org/example/a': { host: '192.0.2.11' }, 'org/example/c': { host: '192.0.2.3' } });
    await write(etcd, { 'org/example/mark': undefined });
    await using second = await start(etcd.endpoint, file);
    await eventually(() => expect(second.asked('mark.example.org')).toEqual(missing));
    expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.11'));
    expect(second.asked('b.example.org')).toEqual(missing);
    expect(second.asked('c.example.org')).toEqual(present('c', '192.0.2.3'));
    expect(second.source.state()).toMatchObject({ from: 'store' });
    expect(second.readings()).toBe(0);
  });

  it('reads everything when etcd has compacted what came after the snapshot', async () => {
    await using etcd = await startEtcd();
    const file = newFile();
    await write(etcd, { 'org/example/a': { host: '192.0.2.1' }, 'org/example/b': { host: '192.0.2.2' } });
    await leaveSnapshot(etcd, file);
    await write(etcd, { 'org/example/b': undefined });
    const revision = await write(etcd, { 'org/example/a': { host: '192.0.2.11' } });
    await fetch(`${etcd.endpoint}/v3/kv/compaction`, { method: 'POST', body: JSON.stringify({ revision, physical: true }) });
    await using second = await start(etcd.endpoint, file);
    await eventually(() => expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.11')));
    expect(second.asked('b.example.org')).toEqual(missing);
    expect(second.asked('mark.example.org')).toEqual(present('mark', '192.0.2.99'));
    expect(second.readings()).toBe(1);
  });

  it('serves nothing of a snapshot of another etcd', async () => {
    await using other = await startEtcd();
    const file = newFile();
    await write(other, { 'org/example/a': { host: '192.0.2.66' }, 'org/example/b': { host: '192.0.2.66' } });
    await leaveSnapshot(other, file);
    await using etcd = await startEtcd();
    for (let count = 0; count < 5; count++) await write(etcd, { 'org/example/a': { host: `192.0.2.${count}` } });
    await using second = await start(etcd.endpoint, file);
    expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.4'));
    expect(second.asked('b.example.org')).toEqual(missing);
    expect(second.readings()).toBe(1);
  });

  it.each([
    ['and its revision is behind that of the snapshot', 0],
    ['and has come further since', 6],
  ])('serves what etcd has when it was restored from a backup of before the snapshot, %s', async (_what, writes) => {
    await using etcd = await startEtcd();
    const file = newFile();
    await write(etcd, { 'org/example/a': { host: '192.0.2.1' }, 'org/example/b': { host: '192.0.2.2' } });
    await etcd.stop();
    const backup = `${etcd.dataFolder}.backup`;
    cpSync(etcd.dataFolder, backup, { recursive: true });
    try {
      await etcd.restart();
      await leaveSnapshot(etcd, file, [{ 'org/example/a': { host: '192.0.2.11' } }, { 'org/example/b': undefined }]);
      await etcd.stop();
      rmSync(etcd.dataFolder, { recursive: true });
      cpSync(backup, etcd.dataFolder, { recursive: true });
      await etcd.restart();
      for (let count = 0; count < writes; count++) await write(etcd, { 'org/example/c': { host: `192.0.2.${count}` } });
      await using second = await start(etcd.endpoint, file);
      expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.1'));
      expect(second.asked('b.example.org')).toEqual(present('b', '192.0.2.2'));
      expect(second.asked('mark.example.org')).toEqual(missing);
      expect(second.readings()).toBe(1);
    } finally {
      rmSync(backup, { recursive: true, force: true });
    }
  });

  it('answers from it while etcd is away, and goes on from there when it is back', { timeout: 30_000 }, async () => {
    await using etcd = await startEtcd();
    const file = newFile();
    await write(etcd, { 'org/example/a': { host: '192.0.2.1' } });
    await leaveSnapshot(etcd, file);
    await using proxy = await startTcpProxy(etcd.port);
    proxy.refuse();
    await using second = await start(`http://127.0.0.1:${proxy.port}`, file);
    expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.1'));
    expect(second.source.state()).toMatchObject({ from: 'snapshot' });
    await write(etcd, { 'org/example/a': { host: '192.0.2.11' } });
    proxy.accept();
    await eventually(() => expect(second.asked('a.example.org')).toEqual(present('a', '192.0.2.11')));
    expect(second.source.state()).toMatchObject({ from: 'store' });
    expect(second.readings()).toBe(0);
  });
});
