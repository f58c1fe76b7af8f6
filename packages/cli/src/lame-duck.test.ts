import { Resolver } from 'node:dns/promises';
import { resolve } from 'node:path';
import { etcdRequirement, eventually, freePort, startEtcd, startProcess, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

const main = resolve(import.meta.dirname, 'main.ts');

describe.skipIf(unmet('authoritative-dns that is told to end', etcdRequirement()))('authoritative-dns that is told to end', () => {
  it('goes on answering without being ready, and ends at once when told again', async () => {
    await using etcd = await startEtcd();
    const [dns, http] = [await freePort(), await freePort()];
    await using server = startProcess(
      process.execPath,
      [
        '--conditions=@seamark/source',
        main,
        'authoritative-dns',
        `--etcd=${etcd.endpoint}`,
        '--dns-zone=example.org',
        `--dns-listen=127.0.0.1:${dns}`,
        `--metrics-address=127.0.0.1:${http}`,
        '--dns-lame-duck=3600',
      ],
      { env: { CI: undefined, ETCD_URLS: undefined } },
    );
    await server.waitForOutput(/running:/);
    const readiness = async (): Promise<readonly [number, string]> => {
      const answer = await fetch(`http://127.0.0.1:${http}/readyz`);
      return [answer.status, await answer.text()];
    };
    expect(await readiness()).toEqual([200, 'ok\n']);

    server.child.kill('SIGTERM');
    await eventually(async () => expect(await readiness()).toEqual([503, 'components: stopping\n']));
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${dns}`]);
    expect(await resolver.resolveSoa('example.org')).toMatchObject({ nsname: 'ns1.example.org' });

    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(130);
  });
});
