import { join, resolve } from 'node:path';
import { readdirSync } from 'node:fs';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import {
  apiServerRequirement,
  type ApiServer,
  etcdRequirement,
  freePort,
  startApiServer,
  startEtcd,
  startProcess,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServer } from './ask-server.ts';
import { verifyInstallation } from './verify-installation.ts';

describe('the server to ask', () => {
  it.each([
    ['192.0.2.1:53', { host: '192.0.2.1', port: 53 }],
    ['dns.example.org', { host: 'dns.example.org', port: 53 }],
    ['[2001:db8::1]:1053', { host: '2001:db8::1', port: 1053 }],
    ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
  ])('%s', (text, server) => expect(parseServer(text)).toEqual(server));

  it('is refused when it is none', () =>
    expect(() => parseServer('a:b:c')).toThrow(/--server: "a:b:c" is not possible; allowed: HOST:PORT/));
});

describe.skipIf(unmet('verify', etcdRequirement(), apiServerRequirement()))('verify', () => {
  const crds = resolve(import.meta.dirname, '../../../../charts/seamark/crds');
  const main = resolve(import.meta.dirname, '../main.ts');
  const started = new AsyncDisposableStack();
  let api: ApiServer;
  let port: number;
  const run = async (name: string, serverPort = port, timeoutMs = 15_000): Promise<string> => {
    const said: string[] = [];
    await verifyInstallation({
      cluster: createKubernetesCluster({ kubeconfigText: api.kubeconfig }),
      namespace: 'default',
      name,
      server: { host: '127.0.0.1', port: serverPort },
      timeoutMs,
      report: (sentence) => said.push(sentence),
    });
    return said.join('\n');
  };
  const left = async (): Promise<string> =>
    (await api.request('GET', '/apis/externaldns.k8s.io/v1alpha1/namespaces/default/dnsendpoints')).text;

  beforeAll(async () => {
    api = started.use(await startApiServer({ crds: readdirSync(crds).map((file) => join(crds, file)) }));
    const etcd = started.use(await startEtcd());
    port = await freePort();
    const seamark = startProcess(
      process.execPath,
      [
        '--conditions=@seamark/source',
        main,
        'up',
        `--kubeconfig=${api.kubeconfigPath}`,
        `--etcd=${etcd.endpoint}`,
        '--no-leader-elect',
        `--dns-listen=127.0.0.1:${port}`,
        '--dns-zone=example.org',
        '--domain-filter=example.org',
        '--exclude-domains=hidden.example.org',
        '--metrics-address=none',
        '--output=json',
      ],
      {},
    );
    started.use(seamark);
    await seamark.waitForOutput(/running: /);
  });
  afterAll(() => started.disposeAsync());

  it('follows a record from its DNSEndpoint to the answers, and leaves nothing', async () => {
    expect(await run('seamark-test.example.org')).toMatch(
      /answers by UDP and TCP\nDNSEndpoint default\/seamark-verify-\w+ created[\s\S]*answered by UDP[\s\S]*answered by TCP[\s\S]*gone after/,
    );
    expect(await left()).not.toContain('seamark-verify');
  });

  it.each([
    ['a server that is not there', 'x.example.org', true, /does not answer by UDP/],
    ['a name outside the zones', 'x.example.com', false, /refuses x\.example\.com: it is not in a zone that is served/],
    ['a name that dns-sync leaves out', 'x.hidden.example.org', false, /A 192\.0\.2\.\d+ is not answered by UDP: NXDOMAIN/],
  ] as const)('names the broken link: %s', async (_, name, elsewhere, message) => {
    const other = elsewhere ? await freePort() : port;
    await expect(run(name, other, 1_500)).rejects.toMatchObject({ code: 'SM_VERIFY_FAILED', message: expect.stringMatching(message) });
    expect(await left()).not.toContain('seamark-verify');
  });
});
