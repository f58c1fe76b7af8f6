import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { eventually, freePort, temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, test } from 'vitest';

import { startForwarding } from './testing/forwarding.ts';
import { startUpstream, truncatedTo } from './testing/upstream.ts';

const folder = temporaryFolder('forward-failures');
afterAll(() => folder[Symbol.dispose]());
const [keyFile, certFile] = ['key.pem', 'cert.pem'].map((name) => join(folder.path, name)) as [string, string];
execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=dns.example'].concat([
    '-addext',
    'subjectAltName=DNS:dns.example',
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ]),
  { stdio: 'ignore' },
);
const material = { key: readFileSync(keyFile), cert: readFileSync(certFile) };

/** Why a question to this upstream failed, with the ports replaced, and what the log says of the upstream. */
async function failureOf(to: string, options = ''): Promise<{ failure: string | undefined; log: readonly string[] }> {
  const log: string[] = [];
  const write = (message: string, fields: unknown = {}): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug() {}, info: write, warn: write, error: write, child: () => logger };
  await using forwarding = await startForwarding(
    `forward . ${to} {\nmax_connect_attempts 1\nread_timeout 200ms\nhealth_check 10ms\n${options}\n}`,
    { logger },
  );
  const { failure, extendedErrors } = await forwarding.ask();
  expect(JSON.stringify(extendedErrors), 'clients are not told where upstreams are').not.toContain('127.0.0.1');
  // Checks over UDP may well be answered.
  if (to.includes('//')) await eventually(() => expect(log).not.toEqual([]));
  return { failure: failure?.replace(/:\d+->/, ':LOCAL->').replace(to.replace(/^\w+:\/\//, ''), 'UPSTREAM'), log };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('why a question failed, in the words of CoreDNS', () => {
  test('nobody listens', async () => {
    const to = `127.0.0.1:${await freePort()}`;
    expect((await failureOf(to)).failure).toBe('read udp 127.0.0.1:LOCAL->UPSTREAM: read: connection refused');
    expect((await failureOf(to, 'force_tcp')).failure).toBe('dial tcp UPSTREAM: connect: connection refused');
    expect((await failureOf(`tls://${to}`)).failure).toBe('dial tcp UPSTREAM: connect: connection refused');
    expect((await failureOf(`https://${to}`)).failure).toBe(
      'Post "https://UPSTREAM/dns-query": dial tcp 127.0.0.1:PORT: connect: connection refused'.replace('127.0.0.1:PORT', to),
    );
  });

  test('nothing comes back, or nothing that is an answer', async () => {
    await using silent = await startUpstream(() => undefined);
    await using garbage = await startUpstream((asked) => asked.send(Buffer.of(1, 2, 3)));
    for (const { port } of [silent, garbage]) {
      expect((await failureOf(`127.0.0.1:${port}`)).failure).toBe('read udp 127.0.0.1:LOCAL->UPSTREAM: i/o timeout');
    }
    expect((await failureOf(`127.0.0.1:${silent.port}`, 'force_tcp')).failure).toBe('read tcp 127.0.0.1:LOCAL->UPSTREAM: i/o timeout');
  });

  test('the connection ends, also that for the whole of a truncated answer', async () => {
    await using upstream = await startUpstream((asked) => {
      if (asked.via === 'udp') asked.send(truncatedTo(asked));
      else asked.socket?.end();
    });
    for (const options of ['', 'force_tcp']) {
      expect((await failureOf(`127.0.0.1:${upstream.port}`, options)).failure).toBe('read tcp 127.0.0.1:LOCAL->UPSTREAM: EOF');
    }
  });

  test('a certificate of an unknown CA: what is wrong and the option that mends it, and nothing about Node.js', async () => {
    await using upstream = await startUpstream(undefined, material);
    const { failure, log } = await failureOf(`tls://127.0.0.1:${upstream.port}`);
    expect(failure).toMatch(/UPSTREAM: tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
    expect(log[0]).toMatch(
      /^an upstream cannot be used and is left alone .*not signed by a public CA: name the file of its CA as the last word/,
    );
    expect(`${failure} ${log.join()}`).not.toMatch(/Node|NODE|--use/);
  });

  test('a certificate for another name', async () => {
    await using upstream = await startUpstream(undefined, material);
    const { failure, log } = await failureOf(`tls://127.0.0.1:${upstream.port}`, `tls ${certFile}\ntls_servername other.example`);
    expect(failure).toMatch(/x509: certificate is valid for dns.example, not other.example$/);
    expect(log[0]).toContain('tls_servername');
  });

  test('no TLS where TLS is expected', async () => {
    const plain = createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.end('HTTP/1.0 400\r\n\r\n')));
    const port = await listening(plain);
    expect((await failureOf(`tls://127.0.0.1:${port}`)).failure).toMatch(/UPSTREAM: tls: first record does not look like a TLS handshake$/);
    await new Promise((done) => plain.close(done));
  });

  test('HTTPS: an unknown CA, and a status that is no answer', async () => {
    const server = createSecureServer(material, (_request, response) => response.writeHead(500).end());
    server.on('sessionError', () => undefined);
    const port = await listening(server);
    const { failure, log } = await failureOf(`https://127.0.0.1:${port}`);
    expect(failure).toBe(
      'Post "https://UPSTREAM/dns-query": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    expect(log.join()).not.toContain('Node');
    const options = `tls ${certFile}\ntls_servername dns.example\ndoh_method GET`;
    expect((await failureOf(`https://127.0.0.1:${port}`, options)).failure).toBe('Get "https://UPSTREAM/dns-query": HTTP status 500');
    await new Promise((done) => server.close(done));
  });
});

describe('an outage', () => {
  test('is told once, with the upstream and the reason, and once that it is over', async () => {
    const log: string[] = [];
    const write = (message: string, fields: unknown = {}): void => void log.push(`${message} ${JSON.stringify(fields)}`);
    const logger = { debug() {}, info: write, warn: write, error: write, child: () => logger };
    await using upstream = await startUpstream(() => undefined);
    const behave = upstream.behave;
    await using forwarding = await startForwarding(
      `forward . 127.0.0.1:${upstream.port} {\nread_timeout 50ms\nhealth_check 10ms\nmax_fails 1\n}`,
      { logger },
    );
    for (let round = 0; round < 2; round++) {
      upstream.behave = () => undefined;
      await Promise.all([forwarding.ask(), forwarding.ask(), forwarding.ask()]);
      await eventually(() => expect(log).toHaveLength(2 * round + 1));
      await forwarding.ask();
      upstream.behave = (asked) => {
        const answer = Buffer.from(asked.octets);
        answer[2] = (answer[2] as number) | 0x80;
        asked.send(answer);
      };
      await eventually(() => expect(log).toHaveLength(2 * round + 2));
    }
    upstream.behave = behave;
    const place = `"upstream":"127.0.0.1:${upstream.port}"`;
    const [down, up] = log as [string, string];
    expect(down).toContain('an upstream does not answer and is left alone');
    expect(down).toContain(place);
    expect(down).toContain('i/o timeout');
    expect(up).toContain('an upstream answers again');
    expect(up).toContain(place);
  });
});
