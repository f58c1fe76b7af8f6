import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apiServerRequirement, startApiServer } from './api-server.ts';
import { etcdRequirement } from './etcd-server.ts';
import { unmet } from './requirement.ts';

describe.skipIf(unmet('kube-apiserver as a fixture', apiServerRequirement(), etcdRequirement()))('an API server fixture', () => {
  test('serves, tells its users apart, keeps objects over kill and restart, and leaves nothing behind', async () => {
    const api = await startApiServer({ users: [{ name: 'bob' }] });
    const folder = dirname(api.kubeconfigPath);
    try {
      const made = await api.request('POST', '/api/v1/namespaces/default/services', {
        metadata: { name: 'web' },
        spec: { ports: [{ port: 80 }], ipFamilyPolicy: 'RequireDualStack' },
      });
      expect(made.status).toBe(201);
      expect(JSON.parse(made.text)).toMatchObject({
        spec: { clusterIPs: [expect.stringMatching(/^10\.96\./), expect.stringMatching(/^fd00:10:96::/)] },
      });
      expect(api.kubeconfigFor({ user: 'bob' })).not.toContain(api.token);
      expect(() => api.kubeconfigFor({ user: 'eve' })).toThrow('no such user');
      await api.kill();
      await expect(api.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
      await api.restart();
      expect((await api.request('GET', '/api/v1/namespaces/default/services/web')).status).toBe(200);
    } finally {
      await api[Symbol.asyncDispose]();
    }
    expect(existsSync(folder)).toBe(false);
    expect(() => process.kill(api.pid, 0)).toThrow('ESRCH');
  });

  test('that cannot start says why', async () => {
    await expect(startApiServer({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(/kube-apiserver ended with 1[^]*no-such-flag/);
  });
});
