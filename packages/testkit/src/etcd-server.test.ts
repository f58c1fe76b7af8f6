import { afterAll, describe, expect, test } from 'vitest';
import { etcdRequirement, startEtcd, type EtcdServer } from './etcd-server.ts';
import { unmet } from './requirement.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function call(etcd: EtcdServer, method: string, body: object): Promise<{ kvs?: { value: string }[] }> {
  const answer = await fetch(`${etcd.endpoint}/v3/kv/${method}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { kvs?: { value: string }[] };
}

describe.skipIf(unmet('etcd as a fixture', etcdRequirement()))('an etcd fixture', () => {
  const servers: EtcdServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  test.each(['kill', 'stop'] as const)('keeps its data and its endpoint over %s and restart', async (end) => {
    const etcd = await startEtcd();
    servers.push(etcd);
    const { endpoint, pid } = etcd;
    await call(etcd, 'put', { key: base64('k'), value: base64('v') });
    await etcd[end]();
    await expect(fetch(`${endpoint}/health`)).rejects.toThrow('fetch failed');
    await etcd.restart();
    expect(etcd.pid).not.toBe(pid);
    expect(etcd.endpoint).toBe(endpoint);
    expect((await call(etcd, 'range', { key: base64('k') })).kvs?.map((kv) => kv.value)).toEqual([base64('v')]);
  });

  test('that cannot start says why', async () => {
    await expect(startEtcd({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(/etcd ended with [12][^]*no-such-flag/);
  });
});
