import { existsSync, readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { apiServerRequirement, startApiServer } from '../api-server.ts';
import { etcdRequirement, startEtcd } from '../etcd-server.ts';
import { unmet } from '../requirement.ts';
import { dockerEngineRequirement } from './docker-engine.ts';
import { endFixtureEngine } from './fixture-engine.ts';
import type { FixtureKind } from './fixture-process.ts';

const kinds: readonly FixtureKind[] = ['process', 'containers'];

for (const kind of kinds) {
  const requirements = [etcdRequirement(), apiServerRequirement(), ...(kind === 'containers' ? [dockerEngineRequirement()] : [])];
  describe.skipIf(unmet(`fixtures as ${kind}`, ...requirements))(`fixtures as ${kind}`, { timeout: 60_000 }, () => {
    beforeEach(() => void vi.stubEnv('SEAMARK_TEST_FIXTURES', kind));
    afterEach(() => void vi.unstubAllEnvs());
    afterAll(() => endFixtureEngine());

    test('etcd keeps its endpoint and its data over a kill, and its pid is one of this machine', async () => {
      await using etcd = await startEtcd();
      const put = await fetch(`${etcd.endpoint}/v3/kv/put`, { method: 'POST', body: '{"key":"aw==","value":"dg=="}' });
      expect(put.status).toBe(200);
      const { pid, endpoint } = etcd;
      expect(process.kill(pid, 0)).toBe(true);
      await etcd.kill();
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await expect(fetch(`${endpoint}/health`)).rejects.toThrow('fetch failed');
      await etcd.restart();
      expect(etcd.endpoint).toBe(endpoint);
      const range = await fetch(`${endpoint}/v3/kv/range`, { method: 'POST', body: '{"key":"aw=="}' });
      expect(await range.json()).toMatchObject({ kvs: [{ value: 'dg==' }] });
    });

    test('etcd that cannot start says why', async () => {
      await expect(startEtcd({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(/etcd ended with [12][^]*no-such-flag/);
    });

    test('an API server stores objects and leaves nothing behind', async () => {
      const api = await startApiServer();
      try {
        const made = await api.request('POST', '/api/v1/namespaces', { metadata: { name: 'one' } });
        expect(made.status).toBe(201);
        await api.restart();
        expect((await api.request('GET', '/api/v1/namespaces/one')).status).toBe(200);
      } finally {
        await api[Symbol.asyncDispose]();
      }
      expect(existsSync(api.kubeconfigPath)).toBe(false);
      expect(() => process.kill(api.pid, 0)).toThrow('ESRCH');
    });

    test.runIf(kind === 'containers')('the engine leaves neither a socket nor a control group', async () => {
      await using etcd = await startEtcd();
      const socket = process.env['DOCKER_HOST']?.replace('unix://', '') ?? '';
      expect(existsSync(socket)).toBe(true);
      await etcd.kill();
      await endFixtureEngine();
      expect(existsSync(socket)).toBe(false);
      const groups = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' });
      expect(groups.filter((path) => path.endsWith(`seamark-fixtures-${process.pid}`))).toEqual([]);
    });
  });
}
