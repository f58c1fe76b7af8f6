import { cpSync, rmSync } from 'node:fs';

import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { type EtcdServer, etcdRequirement, eventually, startEtcd, startTcpProxy, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { writeContent } from '../../testing/server.ts';
import { answerText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { refuse, setUp, type SetUpDirective } from '../testing/set-up.ts';
import { etcdSetup } from './setup.ts';

interface World extends AsyncDisposable {
  readonly etcd: EtcdServer;
  /** Between the directive and etcd. */
  readonly proxy: Awaited<ReturnType<typeof startTcpProxy>>;
  write(content: Readonly<Record<string, unknown>>): Promise<number>;
  asked(name: string): Promise<readonly string[]>;
  /** Answers since the start that were not the expected one for a name that never changes. */
  readonly wrong: readonly string[];
}

async function startWorld(): Promise<World> {
  const etcd = await startEtcd();
  const write = async (content: Readonly<Record<string, unknown>>): Promise<number> => {
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    try {
      return await writeContent(store, content);
    } finally {
      await store.close();
    }
  };
  await write({ 'org/example/always': { host: '192.0.2.1' }, 'org/example/first': { host: '192.0.2.2' } });
  const proxy = await startTcpProxy(etcd.port);
  const directive: SetUpDirective = setUp(etcdSetup, `etcd example.org {\n endpoint http://127.0.0.1:${proxy.port}\n}`);
  await directive.part.start?.(new AbortController().signal);
  const wrong: string[] = [];
  const asked = async (name: string): Promise<readonly string[]> => answerText(await directive.handler.handle(question(name), refuse));
  const timer = setInterval(() => {
    const answer = answerText(directive.handler.handle(question('always.example.org'), refuse)).join(' ');
    if (answer !== 'NOERROR aa always.example.org. 300 A 192.0.2.1') wrong.push(answer);
  }, 2);
  return {
    etcd,
    proxy,
    write,
    asked,
    wrong,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await directive.part.stop?.();
      await proxy[Symbol.asyncDispose]();
      await etcd[Symbol.asyncDispose]();
    },
  };
}

const present = (name: string, address: string): readonly string[] => ['NOERROR aa', `${name}. 300 A ${address}`];
const missing = ['NXDOMAIN aa'];

describe.skipIf(unmet('outages of etcd under the directive etcd', etcdRequirement()))(
  'no question fails, and the content is right afterwards, when etcd',
  () => {
    it('is killed and comes back', async () => {
      await using world = await startWorld();
      await world.etcd.kill();
      expect(await world.asked('first.example.org')).toEqual(present('first.example.org', '192.0.2.2'));
      await world.etcd.restart();
      await world.write({ 'org/example/first': undefined, 'org/example/second': { host: '192.0.2.3' } });
      await eventually(async () => expect(await world.asked('second.example.org')).toEqual(present('second.example.org', '192.0.2.3')));
      expect(await world.asked('first.example.org')).toEqual(missing);
      expect(world.wrong).toEqual([]);
    });

    it('is frozen and goes on', { timeout: 60_000 }, async () => {
      await using world = await startWorld();
      process.kill(world.etcd.pid, 'SIGSTOP');
      try {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        expect(await world.asked('first.example.org')).toEqual(present('first.example.org', '192.0.2.2'));
      } finally {
        process.kill(world.etcd.pid, 'SIGCONT');
      }
      await world.write({ 'org/example/second': { host: '192.0.2.3' } });
      await eventually(async () => expect(await world.asked('second.example.org')).toEqual(present('second.example.org', '192.0.2.3')));
      expect(world.wrong).toEqual([]);
    });

    it('is compacted while it was away', async () => {
      await using world = await startWorld();
      world.proxy.refuse();
      await world.write({ 'org/example/first': undefined });
      const revision = await world.write({ 'org/example/second': { host: '192.0.2.3' } });
      await fetch(`${world.etcd.endpoint}/v3/kv/compaction`, { method: 'POST', body: JSON.stringify({ revision, physical: true }) });
      expect(await world.asked('first.example.org')).toEqual(present('first.example.org', '192.0.2.2'));
      world.proxy.accept();
      await world.write({ 'org/example/third': { host: '192.0.2.4' } });
      await eventually(async () => expect(await world.asked('third.example.org')).toEqual(present('third.example.org', '192.0.2.4')));
      expect(await world.asked('first.example.org')).toEqual(missing);
      expect(world.wrong).toEqual([]);
    });

    it('is restored from an older backup, whose revision is lower', async () => {
      await using world = await startWorld();
      const { etcd } = world;
      await etcd.stop();
      const backup = `${etcd.dataFolder}.backup`;
      cpSync(etcd.dataFolder, backup, { recursive: true });
      try {
        await etcd.restart();
        for (let count = 0; count < 5; count++)
          await world.write({ 'org/example/first': undefined, [`org/example/later${count}`]: { host: '192.0.2.9' } });
        await eventually(async () => expect(await world.asked('later4.example.org')).toEqual(present('later4.example.org', '192.0.2.9')));
        await etcd.stop();
        rmSync(etcd.dataFolder, { recursive: true });
        cpSync(backup, etcd.dataFolder, { recursive: true });
        await etcd.restart();
        await eventually(async () => expect(await world.asked('first.example.org')).toEqual(present('first.example.org', '192.0.2.2')));
        expect(await world.asked('later4.example.org')).toEqual(missing);
        await world.write({ 'org/example/new': { host: '192.0.2.5' } });
        await eventually(async () => expect(await world.asked('new.example.org')).toEqual(present('new.example.org', '192.0.2.5')));
        expect(world.wrong).toEqual([]);
      } finally {
        rmSync(backup, { recursive: true, force: true });
      }
    });
  },
);
