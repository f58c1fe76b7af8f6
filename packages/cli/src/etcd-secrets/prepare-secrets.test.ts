import { X509Certificate } from 'node:crypto';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { apiServerRequirement, type ApiServer, etcdRequirement, startApiServer, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareSecrets, type PrepareOptions } from './prepare-secrets.ts';
import { contentOf, type Secret, type SecretContent } from './secret.ts';

const dayMs = 86_400_000;

describe.skipIf(unmet('Secrets of etcd', etcdRequirement(), apiServerRequirement()))('Secrets of etcd', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApiServer({ users: [{ name: 'hook' }] });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  /** Runs in a namespace of its own, `day` days from now. */
  const runner = async (namespace: string, user?: string) => {
    await api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const cluster = createKubernetesCluster({ kubeconfigText: api.kubeconfigFor(user === undefined ? {} : { user }) });
    return {
      run: async (day = 0, changed: Partial<PrepareOptions> = {}): Promise<string> => {
        const lines: string[] = [];
        await prepareSecrets({
          cluster,
          namespace,
          name: 'etcd',
          serverNames: ['etcd', 'etcd-0.etcd-members', '127.0.0.1', '::1'],
          clients: ['dns-sync', 'authoritative-dns'],
          certificates: true,
          passwords: true,
          rotation: 1,
          certificateDays: 360,
          authorityDays: 3600,
          labels: { 'app.kubernetes.io/instance': 'seamark' },
          now: new Date(Date.now() + day * dayMs),
          report: (line) => lines.push(line),
          ...changed,
        });
        return lines.join('\n');
      },
      read: async (name: string): Promise<SecretContent> => {
        const { text } = await api.request('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`);
        return contentOf(JSON.parse(text) as Secret);
      },
      give: (name: string, stringData: Record<string, string>) =>
        api.request('POST', `/api/v1/namespaces/${namespace}/secrets`, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name },
          stringData,
        }),
    };
  };
  const issuerOf = (leaf: SecretContent): string => new X509Certificate(leaf['tls.crt'] ?? '').issuer;
  const trusts = (leaf: SecretContent): number => (leaf['ca.crt'] ?? '').split('BEGIN CERTIFICATE').length - 1;

  it('are made once, and stay as they are', async () => {
    const { run, read } = await runner('once');
    expect(await run()).toBe(
      [
        'secret etcd-ca: made',
        'secret etcd-member: certificate made',
        'secret etcd-root: certificate made, password made',
        'secret etcd-dns-sync: certificate made, password made',
        'secret etcd-authoritative-dns: certificate made, password made',
      ].join('\n'),
    );
    const member = await read('etcd-member');
    expect(new X509Certificate(member['tls.crt'] ?? '').subjectAltName).toContain('DNS:etcd-0.etcd-members');
    const client = await read('etcd-dns-sync');
    expect(client).toMatchObject({ username: 'dns-sync', password: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(new X509Certificate(client['tls.crt'] ?? '').verify(new X509Certificate(client['ca.crt'] ?? '').publicKey)).toBe(true);
    expect(await run(1)).not.toMatch(/made|renewed/);
    expect(await read('etcd-dns-sync')).toEqual(client);
  });

  it('get new certificates when a third of their life is left, or a name is missing; passwords stay', async () => {
    const { run, read } = await runner('renewal');
    await run();
    const before = await read('etcd-dns-sync');
    expect(await run(235)).not.toContain('renewed');
    expect(await run(245)).toContain('secret etcd-dns-sync: certificate renewed: less than a third of its life is left');
    const after = await read('etcd-dns-sync');
    expect(after['tls.crt']).not.toBe(before['tls.crt']);
    expect(after['password']).toBe(before['password']);
    expect(await run(246, { serverNames: ['etcd', 'etcd-2.etcd-members'] })).toContain(
      'secret etcd-member: certificate renewed: it lacked etcd-2.etcd-members',
    );
  });

  it('know the next authority long before it signs, and the last one until it ends', async () => {
    const { run, read } = await runner('authority');
    await run();
    const first = issuerOf(await read('etcd-root'));
    expect(await run(2405)).toContain('secret etcd-ca: its successor has been made and is trusted beside it');
    const early = await read('etcd-root');
    expect([issuerOf(early), trusts(early)]).toEqual([first, 2]);
    expect(await run(2410)).toContain('secret etcd-ca: unchanged');
    expect(await run(3005)).toContain('secret etcd-ca: its successor signs from now on');
    const late = await read('etcd-root');
    expect([issuerOf(late) === first, trusts(late)]).toEqual([false, 2]);
    expect(await run(3605)).toContain('its predecessor has expired');
    expect(trusts(await read('etcd-root'))).toBe(1);
  });

  it('get new passwords by a higher rotation, and root’s last one is kept for the change in etcd', async () => {
    const { run, read } = await runner('rotation');
    await run();
    const before = await read('etcd-root');
    expect(await run(0, { rotation: 2 })).toContain('secret etcd-root: password of rotation 2 made');
    const after = await read('etcd-root');
    expect(after['password']).not.toBe(before['password']);
    expect(after['previous-password']).toBe(before['password']);
    expect(after['tls.crt']).toBe(before['tls.crt']);
    expect(await run(0, { rotation: 2 })).not.toContain('made');
  });

  it('that were given stay as they are, and are refused when they lack something', async () => {
    const { run, read, give } = await runner('given');
    await give('etcd-dns-sync', { username: 'me', password: 'mine', 'tls.crt': 'x', 'tls.key': 'y', 'ca.crt': 'z' });
    await expect(run()).rejects.toMatchObject({ code: 'SM_CERTIFICATE_INVALID', message: expect.stringContaining('etcd-dns-sync') });
    expect(await run(0, { certificates: false })).toContain('secret etcd-dns-sync: given, left alone');
    expect((await read('etcd-dns-sync'))['password']).toBe('mine');
    await give('etcd-extra', { password: 'only' });
    await expect(run(0, { certificates: false, clients: ['extra'] })).rejects.toMatchObject({
      message: 'Secret etcd-extra was made by somebody else and lacks username',
    });
  });

  it('need no more than to create Secrets and to get and patch these', async () => {
    const { run } = await runner('rights', 'hook');
    await expect(run()).rejects.toMatchObject({ code: 'SM_CLUSTER_FORBIDDEN', remedy: expect.stringContaining('get on secrets') });
    const names = ['etcd-ca', 'etcd-member', 'etcd-root', 'etcd-dns-sync', 'etcd-authoritative-dns'];
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/rights';
    await api.request('POST', `${rbac}/roles`, {
      metadata: { name: 'hook' },
      rules: [
        { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
        { apiGroups: [''], resources: ['secrets'], resourceNames: names, verbs: ['get', 'patch'] },
      ],
    });
    await api.request('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'hook' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'hook' },
      subjects: [{ kind: 'User', name: 'hook' }],
    });
    await expect.poll(() => run().catch(String), { timeout: 10_000 }).toContain('secret etcd-ca: made');
    expect(await run(245)).toContain('renewed');
  });
});
