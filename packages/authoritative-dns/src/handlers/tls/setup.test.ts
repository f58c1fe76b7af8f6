import { copyFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';

import { createMetrics } from '@seamark/common/observability';
import { eventually, programRequirement, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { testCertificates, type TestCertificate, type TestCertificates } from '../../testing/certificates.ts';
import { startCorefileServer } from '../../testing/corefile-server.ts';
import { edns, queryFor } from '../../testing/pipeline.ts';
import { StreamClient } from '../../testing/stream-client.ts';

const corefile = (options: string): string => `
.:0 {
    bind 127.0.0.1
    whoami
}
tls://.:0 {
    bind 127.0.0.1
    tls cert.pem cert.key {
        ${options}
    }
    whoami
}
https://.:0 {
    bind 127.0.0.1
    tls cert.pem cert.key {
        ${options}
    }
    whoami
}
`;

describe.skipIf(unmet('the directive tls', programRequirement('openssl', 'openssl')))('tls, when its files change', () => {
  let certificates: TestCertificates;
  let first: TestCertificate;
  let second: TestCertificate;
  beforeAll(() => {
    certificates = testCertificates();
    [first, second] = [certificates.issue('first'), certificates.issue('second')];
  });
  afterAll(() => certificates[Symbol.dispose]());

  const start = async (options: string) => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    const files = { 'cert.pem': String(first.cert), 'cert.key': String(first.key) };
    const test = await startCorefileServer(corefile(options), files, { metrics });
    const [, dot, doh] = test.server.addresses().tcp.map(({ host, port }) => ({ host, port, ca: certificates.authority.cert }));
    const served = async (): Promise<string[]> => [await subjectOf(dot), await subjectOf(doh, ['h2'])];
    return { test, metrics, dot, doh, served };
  };
  type Address = Awaited<ReturnType<typeof start>>['dot'];
  const subjectOf = (address: Address, protocols: string[] = []): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({ ...address, ALPNProtocols: protocols }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const put = (folder: string, cert: string, key: string): void => {
    copyFileSync(key, join(folder, 'cert.key'));
    copyFileSync(cert, join(folder, 'cert.pem'));
  };

  it('uses the new certificate for new connections over TLS and HTTPS, and keeps those that are open', async () => {
    const { test, metrics, dot, doh, served } = await start('reload 50ms');
    await using _test = test;
    expect(await served()).toEqual(['first', 'first']);
    using open = await StreamClient.open(dot?.port ?? 0, { ca: certificates.authority.cert });
    const session = connectHttp2(`https://${doh?.host}:${doh?.port}`, { ca: certificates.authority.cert });
    const status = (): Promise<unknown> =>
      new Promise((resolve) => {
        const stream = session.request({ ':path': `/dns-query?dns=${queryFor('web.example.org A', edns()).toString('base64url')}` });
        stream.on('response', (headers) => resolve(headers[':status']));
        stream.resume();
        stream.end();
      });
    expect(await status()).toBe(200);
    put(test.folder, second.certFile, second.keyFile);
    await eventually(async () => expect(await served()).toEqual(['second', 'second']));
    open.send(queryFor('web.example.org A', edns()));
    expect(await open.received(1)).toHaveLength(1);
    expect(await status()).toBe(200);
    session.destroy();
    expect(test.log.filter((line) => line.includes('renewed certificate')).length).toBe(2);
    const expiries = (await metrics.metrics()).match(/^seamark_dns_certificate_expiry_timestamp_seconds\{.*$/gm) ?? [];
    expect(expiries.map((line) => line.replace(/:\d+"/, '"').replace(/\d+$/, 'N'))).toEqual([
      'seamark_dns_certificate_expiry_timestamp_seconds{server="tls://127.0.0.1"} N',
      'seamark_dns_certificate_expiry_timestamp_seconds{server="https://127.0.0.1"} N',
    ]);
    const twoDays = Date.now() / 1000 + 2 * 86_400;
    for (const line of expiries) expect(Math.abs(Number(line.split(' ').at(-1)) - twoDays)).toBeLessThan(600);
  });

  it.each([
    [
      'a key of another certificate',
      'the key FOLDER/cert.key is not that of the certificate FOLDER/cert.pem: ',
      (folder: string) => put(folder, second.certFile, first.keyFile),
    ],
    ['an empty key', 'FOLDER/cert.key is no private key: ', (folder: string) => writeFileSync(join(folder, 'cert.key'), '')],
    [
      'what is no certificate',
      'FOLDER/cert.pem is no certificate: ',
      (folder: string) => writeFileSync(join(folder, 'cert.pem'), 'nonsense'),
    ],
  ])('keeps the old one for %s, says so once, and takes the next that fits', async (_what, why, spoil) => {
    const { test, served } = await start('reload 20ms');
    await using _test = test;
    spoil(test.folder);
    const complaints = (): string[] => test.log.filter((line) => line.includes('tls keeps the certificate that it has'));
    await eventually(() => expect(complaints()).toHaveLength(2));
    expect(complaints()[0]).toContain(`cannot be used: ${why.replaceAll('FOLDER', test.folder)}`);
    expect(complaints()[0]?.trim()).not.toContain('\n');
    expect(await served()).toEqual(['first', 'first']);
    put(test.folder, second.certFile, second.keyFile);
    await eventually(async () => expect(await served()).toEqual(['second', 'second']));
    expect(complaints().length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['tls cert.key cert.key', 3, /cert\.key is no certificate: /],
    ['tls cert.pem cert.pem', 3, /cert\.pem is no private key: /],
    ['tls cert.pem other.key', 3, /the key \S+other\.key is not that of the certificate \S+cert\.pem: /],
    ['forward . tls://127.0.0.1 {\ntls cert.key cert.key\n}', 4, /cert\.key is no certificate: /],
    ['etcd {\nendpoint https://127.0.0.1:1\ntls cert.pem other.key\n}', 5, /the key \S+other\.key is not that of/],
    ['prometheus 127.0.0.1:0 {\ntls web.yml\n}', 4, /web\.yml cannot be used: cert\.key is no certificate: /],
  ])('%j does not start, and a reload does not take it: with file and line', async (lines, line, why) => {
    const files = {
      'cert.pem': String(first.cert),
      'cert.key': String(first.key),
      'other.key': String(second.key),
      'web.yml': 'tls_server_config:\n  cert_file: cert.key\n  key_file: cert.key\n',
    };
    const corefileOf = (text: string): string => `${lines.startsWith('tls') ? 'tls://' : ''}.:0 {\nbind 127.0.0.1\n${text}\n}`;
    const message = expect.stringMatching(`Corefile:${line}: .*${why.source}`);
    await expect(startCorefileServer(corefileOf(lines), files)).rejects.toMatchObject({ code: 'SM_COREFILE_INVALID', message });
    await using test = await startCorefileServer('.:0 {\nbind 127.0.0.1\nwhoami\n}', files);
    await test.write('Corefile', corefileOf(lines));
    expect(await test.server.reload()).toBe(false);
    expect(test.log.filter((told) => told.includes('is not used'))).toEqual([message]);
  });

  it('never looks again with reload 0', async () => {
    const { test, served } = await start('reload 0');
    await using _test = test;
    put(test.folder, second.certFile, second.keyFile);
    expect(await served()).toEqual(['first', 'first']);
    await test.server.reload();
    expect(await served()).toEqual(['second', 'second']);
  });
});
