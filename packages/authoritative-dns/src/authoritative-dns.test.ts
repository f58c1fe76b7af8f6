import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

import { isSeamarkError } from '@seamark/common/errors';
import { createMetrics } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import type { KvStore } from '@seamark/kv-store-client';
import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { freePort } from '@seamark/testkit';
import * as dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';

import { createAuthoritativeDns } from './authoritative-dns.ts';
import { startTestServer, writeContent } from './testing/server.ts';
import { decodeMessage } from './wire/message-decoder.ts';

const never = new AbortController().signal;
const query = dnsPacket.encode({
  type: 'query',
  id: 5,
  questions: [{ type: 'A', name: 'web.example.org' }],
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232 } as unknown as dnsPacket.Answer],
});

/** Asks over UDP. */
async function askUdp(port: number, message: Buffer = query): Promise<dnsPacket.DecodedPacket> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      socket.once('message', (answer) => resolve(dnsPacket.decode(answer)));
      socket.send(message, port, '127.0.0.1');
    });
  } finally {
    socket.close();
  }
}

describe('createAuthoritativeDns', () => {
  it('answers with what the store holds, and with each change of it', async () => {
    await using server = await startTestServer({ 'org/example/web/11111111': { host: '192.0.2.1', targetstrip: 1 } });
    expect((await askUdp(server.port)).answers).toMatchObject([{ name: 'web.example.org', type: 'A', ttl: 300, data: '192.0.2.1' }]);
    await server.write({ 'org/example/web/11111111': undefined, 'org/example/web/22222222': { host: '192.0.2.2', targetstrip: 1 } });
    expect((await askUdp(server.port)).answers).toMatchObject([{ data: '192.0.2.2' }]);
    expect(server.dns.resolve('web.example.org', 'A')).toMatchObject({ responseCode: 0, answers: [{ ttl: 300, data: { type: 'A' } }] });
    expect(server.dns.resolve('gone.example.org', 'aaaa')).toEqual({ responseCode: 3, answers: [] });
    expect(() => server.dns.resolve('web.example.org', 'HOST')).toThrow(RangeError);
  });

  it('listens and answers SERVFAIL with Not Ready until the store has been read, then the truth', async () => {
    const memory = createMemoryStore();
    await writeContent(memory, { 'org/example/web': { host: '192.0.2.1' } });
    const gate = Promise.withResolvers<void>();
    const store: KvStore = new Proxy(memory, {
      get(target, property) {
        if (property === 'range') return async (...args: Parameters<KvStore['range']>) => (await gate.promise, target.range(...args));
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });
    const dns = createAuthoritativeDns({ store, listen: ['127.0.0.1:0'] });
    expect(dns.state()).toEqual({ phase: 'idle' });
    const started = dns.start(never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(dns.state()).toEqual({ phase: 'loading' });
    const early = decodeMessage(dns.answer(query) as Uint8Array);
    expect(early).toMatchObject({ responseCode: 2, authoritative: false, edns: { options: [{ code: 15, data: Uint8Array.of(0, 14) }] } });
    expect(await askUdp(dns.addresses().udp[0]?.port as number)).toMatchObject({ rcode: 'SERVFAIL' });
    gate.resolve();
    await started;
    expect(dns.state()).toMatchObject({ phase: 'serving' });
    expect((await askUdp(dns.addresses().udp[0]?.port as number)).answers).toHaveLength(1);
    await dns.stop();
    await dns.stop();
    expect(dns.state()).toEqual({ phase: 'stopped' });
    await memory.close();
  });

  it('says who holds a port that is in use, for either protocol, and leaves nothing open', async () => {
    const held = createSocket('udp4');
    await new Promise<void>((resolve) => void freePort().then((port) => held.bind(port, '127.0.0.1', resolve)));
    const { port } = held.address();
    const store = createMemoryStore();
    const listening = createAuthoritativeDns({ store, listen: [`127.0.0.1:${port}`] });
    const error: unknown = await listening.start(never).catch((thrown: unknown) => thrown);
    expect(isSeamarkError(error, 'SM_LISTEN_FAILED')).toBe(true);
    expect(String(error)).toContain(`cannot listen on 127.0.0.1:${port} (udp): the port is in use by`);
    if (process.platform === 'linux') expect(String(error)).toContain(`(process ${process.pid})`);
    await new Promise<void>((resolve) => held.close(resolve));

    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve));
    const second: unknown = await createAuthoritativeDns({ store, listen: [`127.0.0.1:${port}`] })
      .start(never)
      .catch((thrown: unknown) => thrown);
    expect(String(second)).toContain('(tcp): the port is in use by');
    await new Promise<void>((resolve) => tcp.close(() => resolve()));

    const free = createAuthoritativeDns({ store, listen: [`127.0.0.1:${port}`] });
    await free.start(never);
    expect(free.addresses()).toEqual({
      udp: [{ host: '127.0.0.1', port, family: 'IPv4' }],
      tcp: [{ host: '127.0.0.1', port, family: 'IPv4' }],
    });
    await free.stop();
    await store.close();
  });

  it('refuses an address that is not on this host', async () => {
    const dns = createAuthoritativeDns({ store: createMemoryStore(), listen: ['192.0.2.1:0'] });
    await expect(dns.start(never)).rejects.toMatchObject({
      code: 'SM_LISTEN_FAILED',
      message: expect.stringContaining('not on this host') as string,
    });
  });

  it.each(['127.0.0.1', '1053', 'localhost:53', '[127.0.0.1]:53', '::1:53', '127.0.0.1:70000', '[::1]'])(
    'refuses to listen on "%s"',
    (text) => {
      expect(() => createAuthoritativeDns({ store: createMemoryStore(), listen: [text] })).toThrow(
        expect.objectContaining({ code: 'SM_CONFIG_INVALID' }) as Error,
      );
    },
  );

  it('listens on several addresses of both families, each with one port for UDP and TCP', async () => {
    const store = createMemoryStore();
    const dns = createAuthoritativeDns({ store, listen: ['127.0.0.1:0', '[::1]:0'] });
    await dns.start(never);
    const { udp, tcp } = dns.addresses();
    expect(udp).toEqual(tcp);
    expect(udp.map(({ family }) => family)).toEqual(['IPv4', 'IPv6']);
    await dns.stop();
    await store.close();
  });

  it('reports each key that it cannot serve, and takes that back', async () => {
    const reasons = createReasonStream();
    await using server = await startTestServer({ 'org/example/web': { host: '192.0.2.1' }, 'org/example/bad': '{"host":' }, { reasons });
    expect([...reasons.list()]).toMatchObject([
      {
        code: 'STORED_VALUE_UNREADABLE',
        object: { kind: 'Key', name: '/skydns/org/example/bad' },
        message: expect.stringMatching(/is not served: the value is not JSON.*; every other key is$/) as string,
      },
    ]);
    await server.write({ 'org/example/bad': { host: '192.0.2.2' } });
    expect([...reasons.list()]).toEqual([]);
  });

  it('reads another prefix when told to', async () => {
    const store = createMemoryStore();
    await store.transact({
      compare: [],
      success: [{ type: 'put', key: '/dns/prod/org/example/web', value: Buffer.from('{"host":"192.0.2.1"}') }],
    });
    const dns = createAuthoritativeDns({ store, prefix: 'dns/prod', listen: [] });
    await dns.start(never);
    expect(dns.resolve('web.example.org', 'A').answers).toHaveLength(1);
    await dns.stop();
    await store.close();
  });

  it('ends when its signal aborts, also while it waits for the store', async () => {
    const waiting: KvStore = {
      ...createMemoryStore(),
      range: () => new Promise(() => undefined),
      driver: 'embedded',
      description: 'silent',
    };
    const abort = new AbortController();
    const dns = createAuthoritativeDns({ store: waiting, listen: ['127.0.0.1:0'], signal: abort.signal });
    const started = dns.start(never);
    abort.abort();
    await expect(started).rejects.toBeDefined();
    expect(dns.state()).toEqual({ phase: 'stopped' });
    expect(dns.addresses().udp).toEqual([]);
  });

  it("publishes what it counts by CoreDNS's names", async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    await using server = await startTestServer({ 'org/example/web': { host: '192.0.2.1' }, 'org/example/bad': '' }, { metrics });
    await askUdp(server.port);
    await askUdp(server.port);
    await askUdp(server.port, dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'MX', name: 'no.example.org' }] }));
    await askUdp(server.port, dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'example.net' }] }));
    await askUdp(server.port, query.subarray(0, 20));
    const text = await metrics.metrics();
    const labels = 'server="dns://127.0.0.1:0"';
    expect(text).toContain(`coredns_dns_requests_total{${labels},zone="example.org.",view="",proto="udp",family="1",type="A"} 2`);
    expect(text).toContain(`coredns_dns_requests_total{${labels},zone="example.org.",view="",proto="udp",family="1",type="MX"} 1`);
    expect(text).toContain(`coredns_dns_responses_total{${labels},zone="example.org.",view="",rcode="NXDOMAIN",plugin="etcd"} 1`);
    expect(text).toContain(`coredns_dns_responses_total{${labels},zone="dropped",view="",rcode="REFUSED",plugin=""} 1`);
    expect(text).toContain(`coredns_dns_responses_total{${labels},zone="dropped",view="",rcode="FORMERR",plugin=""} 1`);
    expect(text).toContain(`coredns_dns_request_duration_seconds_count{${labels},zone="example.org.",view=""} 3`);
    expect(text).toContain(`coredns_dns_request_duration_seconds_bucket{${labels},zone="example.org.",view="",le="+Inf"} 3`);
    expect(text).toMatch(/seamark_dns_malformed_total\{[^}]*cause="name_ends_early"\} 1/);
    expect(text).toMatch(/seamark_dns_keys 1\n/);
    expect(text).toMatch(/seamark_dns_stale_seconds 0\n/);
    expect(text).toMatch(/seamark_dns_unreadable_keys 1\n/);
    await server.dns.stop();
    expect(await metrics.metrics()).not.toContain('coredns_dns');
  });
});

describe('README.md', () => {
  it('has a library example that runs as it stands', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```ts\n([^]*?)```/.exec(readme)?.[1] as string;
    expect(example.split('\n').filter((line) => line !== '' && !line.startsWith('import '))).toHaveLength(5);
    // As a program of its own, so that the imports are what a reader can write.
    const shown = `${example}\nconsole.log(JSON.stringify(dns.resolve('web.example.org', 'A').answers.map(({ name, ttl }) => [name, ttl])));\nawait dns.stop();`;
    const args = ['--conditions=@seamark/source', '--input-type=module-typescript', '--eval', shown];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('..', import.meta.url) });
    expect(stdout.trim()).toBe('[["web.example.org",300]]');
  });
});
