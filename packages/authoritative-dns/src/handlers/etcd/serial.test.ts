import type { KvStore } from '@seamark/kv-store-client';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { type EtcdServer, etcdPrograms, etcdRequirement, eventually, startEtcd, unmet } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { refuse, setUp } from '../testing/set-up.ts';
import { question } from '../testing/question.ts';
import { answerText } from '../testing/answer-text.ts';
import { etcdSetup } from './setup.ts';

/** A server that has just read etcd. */
interface Replica extends AsyncDisposable {
  serial(): Promise<number>;
}

describe.skipIf(unmet('serials of replicas', etcdRequirement())).each(etcdPrograms())('with the $label, the serial', ({ path }) => {
  let etcd: EtcdServer;
  let store: KvStore;
  let replicas: AsyncDisposableStack;

  beforeEach(async () => {
    etcd = await startEtcd({ program: path });
    store = createEtcdStore({ endpoints: [etcd.endpoint] });
    replicas = new AsyncDisposableStack();
    await put('/skydns/org/example/a');
  });
  afterEach(async () => {
    await replicas.disposeAsync();
    await store.close();
    await etcd[Symbol.asyncDispose]();
  });

  async function put(key: string): Promise<number> {
    const value = Buffer.from('{"host":"192.0.2.1"}');
    return (await store.transact({ compare: [], success: [{ type: 'put', key, value }] })).revision;
  }
  async function remove(key: string): Promise<number> {
    return (await store.transact({ compare: [], success: [{ type: 'delete', key }] })).revision;
  }
  async function replica(): Promise<Replica> {
    const { part, handler } = setUp(etcdSetup, `etcd example.org {\n endpoint ${etcd.endpoint}\n}`);
    await part.start?.(new AbortController().signal);
    return replicas.use({
      async serial() {
        const [, soa = ''] = answerText(await handler.handle(question('example.org', 'SOA'), refuse));
        return Number(/ SOA \S+ \S+ (\d+) /.exec(soa)?.[1]);
      },
      [Symbol.asyncDispose]: async () => part.stop?.(),
    });
  }
  const allSay = async (all: readonly Replica[], serial: number): Promise<void> =>
    eventually(async () => expect(await Promise.all(all.map((each) => each.serial()))).toEqual(all.map(() => serial)));

  it('is the revision of the last write, whatever else is written to the store', async () => {
    const first = await replica();
    const changed = await put('/skydns/org/example/b');
    await put('/elsewhere');
    await allSay([first, await replica()], changed);
  });

  it('is that of a deletion also where the store was read after it', async () => {
    await put('/skydns/org/example/b');
    const first = await replica();
    const deleted = await remove('/skydns/org/example/b');
    await put('/elsewhere');
    await put('/elsewhere');
    const second = await replica();
    await allSay([first, second], deleted);
    await allSay([first, second], await put('/skydns/org/example/c'));
  });

  it('is that of the last write where the history of a deletion is compacted', async () => {
    const written = await put('/skydns/org/example/b');
    await remove('/skydns/org/example/a');
    await store.transact({ compare: [], success: [{ type: 'put', key: '/elsewhere', value: Buffer.from('x') }] });
    const { revision } = await store.range({ key: '/elsewhere' });
    await fetch(`${etcd.endpoint}/v3/kv/compaction`, { method: 'POST', body: JSON.stringify({ revision, physical: true }) });
    const first = await replica();
    await allSay([first], written);
    await allSay([first], await put('/skydns/org/example/c'));
  });
});
