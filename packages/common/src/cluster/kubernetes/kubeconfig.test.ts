import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../controller/clock.ts';
import { createCredentialSource } from './credentials.ts';
import { loadClusterAccess } from './kubeconfig.ts';

const folder = temporaryFolder('kubeconfig');
afterAll(() => folder[Symbol.dispose]());

function config(name: string, server = `https://${name}.example.org:6443`, current: string | undefined = name): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server, 'certificate-authority': 'ca.pem' } }],
    users: [{ name, user: { tokenFile: 'token' } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'apps' } }],
    ...(current === undefined ? {} : { 'current-context': current }),
  });
}

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

describe('a kubeconfig', () => {
  test('names paths relative to its own folder', async () => {
    const access = await loadClusterAccess({ kubeconfig: file('one', config('one')) });
    expect(access).toMatchObject({
      namespace: 'apps',
      cluster: { server: 'https://one.example.org:6443', caFile: join(folder.path, 'ca.pem') },
      user: { tokenFile: join(folder.path, 'token') },
    });
  });

  test('of several files in $KUBECONFIG, the first with an entry wins', async () => {
    const files = [
      file('first', config('a', 'https://first:6443')),
      file('second', config('b')),
      file('third', config('a', 'https://third:6443')),
    ];
    const env = { KUBECONFIG: files.join(delimiter) };
    expect((await loadClusterAccess({ env })).cluster.server).toBe('https://first:6443');
    expect((await loadClusterAccess({ env, context: 'b' })).cluster.name).toBe('b');
  });

  test('is looked for in the home folder when nothing is said', async () => {
    const home = join(folder.path, 'home');
    mkdirSync(join(home, '.kube'), { recursive: true });
    writeFileSync(join(home, '.kube', 'config'), config('personal'));
    expect((await loadClusterAccess({ env: { HOME: home } })).cluster.name).toBe('personal');
  });

  const invalid: [string, () => Parameters<typeof loadClusterAccess>[0], RegExp][] = [
    ['is not there', () => ({ kubeconfig: join(folder.path, 'nowhere') }), /nowhere cannot be read: ENOENT/],
    ['is no YAML', () => ({ kubeconfig: file('broken', 'clusters: [') }), /broken is not valid/],
    ['has no current-context', () => ({ kubeconfigText: config('a', undefined, '') }), /no current-context is set \(contexts: a\)/],
    ['lacks the wanted context', () => ({ kubeconfigText: config('a'), context: 'b' }), /there is no context b \(contexts: a\)/],
    ['has no URL for a server', () => ({ kubeconfigText: config('a', 'localhost:6443') }), /server localhost:6443 is no http\(s\) URL/],
    ['does not exist anywhere', () => ({ env: { HOME: join(folder.path, 'empty') } }), /no Kubernetes cluster is known/],
  ];
  test.each(invalid)('that %s is refused with what is wrong', async (_name, source, message) => {
    await expect(loadClusterAccess(source())).rejects.toMatchObject({
      code: 'SM_KUBECONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('credentials', () => {
  test('follow a rotating token and CA, and a new CA is a new TLS key', async () => {
    const ca = file('ca.pem', 'old authority');
    const token = file('token', 'first\n');
    let now = 0;
    const clock = { ...systemClock, monotonicMs: () => now };
    const access = await loadClusterAccess({ kubeconfig: file('rotating', config('rotating')) });
    const source = createCredentialSource(access, clock);
    const before = await source.current();
    expect(before.headers).toEqual({ authorization: 'Bearer first' });
    writeFileSync(token, 'second');
    writeFileSync(ca, 'new authority');
    expect(await source.current()).toEqual(before);
    now += 61_000;
    const after = await source.current();
    expect(after.headers).toEqual({ authorization: 'Bearer second' });
    expect(after.tls).toMatchObject({ ca: 'new authority' });
    expect(after.tls.key).not.toBe(before.tls.key);
    writeFileSync(token, 'third');
    source.invalidate();
    expect((await source.current()).headers).toEqual({ authorization: 'Bearer third' });
  });

  test('of a missing file are refused by its name', async () => {
    const access = await loadClusterAccess({
      kubeconfigText: JSON.stringify({
        ...JSON.parse(config('x')),
        users: [{ name: 'x', user: { tokenFile: '/nowhere/token' } }],
        clusters: [{ name: 'x', cluster: { server: 'https://x' } }],
      }),
    });
    await expect(createCredentialSource(access, systemClock).current()).rejects.toMatchObject({
      code: 'SM_KUBECONFIG_INVALID',
      message: expect.stringContaining('/nowhere/token') as string,
    });
  });

  test('come from an exec plugin', async () => {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'made-by-plugin' } };
    const content = JSON.parse(config('exec')) as Record<string, unknown>;
    const user = {
      exec: { apiVersion: credential.apiVersion, command: '/bin/echo', args: [JSON.stringify(credential)], interactiveMode: 'Never' },
    };
    const access = await loadClusterAccess({
      kubeconfigText: JSON.stringify({
        ...content,
        clusters: [{ name: 'exec', cluster: { server: 'https://x' } }],
        users: [{ name: 'exec', user }],
      }),
    });
    expect((await createCredentialSource(access, systemClock).current()).headers).toEqual({ authorization: 'Bearer made-by-plugin' });
  });
});
