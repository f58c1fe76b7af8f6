import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { request as requestPlain } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';

import { eventually, programRequirement, unmet } from '@seamark/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Next } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import { ListenerCounters } from '../metrics/listener-counters.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { testCertificates, type TestCertificate, type TestCertificates } from '../testing/certificates.ts';
import { addressSet, edns, oneAddress, queryFor, responseWith } from '../testing/pipeline.ts';
import { dig } from '../testing/server.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { startHttpsServer } from './https-server.ts';
import type { StreamLimits } from './stream-limits.ts';
import type { Transport } from './transport.ts';

const address = { host: '127.0.0.1', port: 0, family: 'IPv4' } as const;
const missing = unmet('DNS over HTTPS', programRequirement('openssl', 'openssl'));
const query = queryFor('web.example.org A', edns());
const get = `/dns-query?dns=${query.toString('base64url')}`;
const dnsType = { 'content-type': 'application/dns-message' };

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Asking {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
}

describe.skipIf(missing)('DNS over HTTPS', () => {
  let certificates: TestCertificates;
  let server: TestCertificate;
  beforeAll(() => {
    certificates = testCertificates();
    server = certificates.issue('server');
  });
  afterAll(() => certificates[Symbol.dispose]());

  const open: Transport[] = [];
  const sessions: ClientHttp2Session[] = [];
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    await Promise.all(open.splice(0).map((transport) => transport.close()));
  });

  const start = async (chain: Next = oneAddress, limits: StreamLimits = {}, plain = false) => {
    const counters = new ListenerCounters('https://:443', 'tcp', '1');
    const transport = await startHttpsServer({
      address,
      answerer: new Pipeline({ chain }),
      counters,
      ...limits,
      ...(plain ? {} : { tls: { material: { cert: server.cert, key: server.key } } }),
    });
    open.push(transport);
    return { transport, port: transport.address.port, counters };
  };

  const session = (port: number): ClientHttp2Session => {
    const created = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificates.authority.cert });
    created.on('error', () => undefined);
    sessions.push(created);
    return created;
  };
  const overHttp2 = (client: ClientHttp2Session, { method = 'GET', path, headers = {}, body }: Asking): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const stream = client.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
      let received: IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      stream.on('response', (arrived) => (received = arrived));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => resolve({ status: Number(received[':status'] ?? 0), headers: received, body: Buffer.concat(chunks) }));
      if (body !== undefined) stream.end(body);
    });
  const overHttp1 = (port: number, { method = 'GET', path, headers = {}, body }: Asking, plain = false): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, method, headers, ca: certificates.authority.cert, agent: false as const };
      const request = (plain ? requestPlain : requestHttps)(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      request.on('error', reject);
      request.end(body);
    });
  const both = (port: number, asking: Asking) => [() => overHttp1(port, asking), () => overHttp2(session(port), asking)];

  it('answers GET and POST over HTTP/1.1 and HTTP/2 on one port', async () => {
    const { port, counters } = await start();
    const askings: Asking[] = [{ path: get }, { method: 'POST', path: '/dns-query', headers: dnsType, body: query }];
    for (const asking of askings) {
      for (const send of both(port, asking)) {
        const { status, headers, body } = await send();
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          'content-type': 'application/dns-message',
          'cache-control': 'max-age=300',
          'content-length': String(body.length),
        });
        expect(decodeMessage(body)).toMatchObject({ id: 513, answers: [{ name: 'web.example.org', ttl: 300 }] });
      }
    }
    expect(counters.httpStatuses).toEqual(new Map([[200, 4]]));
  });

  it('may be kept for as long as the record with the smallest TTL (RFC 8484 5.1)', async () => {
    const record = addressSet('web.example.org', '192.0.2.1');
    const cases = [
      [responseWith([record, { ...record, ttlSeconds: 20 }], { authorities: [{ ...record, ttlSeconds: 5 }] }), 20],
      [responseWith([], { responseCode: 3, authorities: [{ ...record, ttlSeconds: 5 }] }), 5],
      [emptyResponse('test', 2), 0],
      [emptyResponse('test', 0), 0],
    ] as const;
    for (const [response, seconds] of cases) {
      const { port } = await start(() => response);
      expect((await overHttp1(port, { path: get })).headers['cache-control']).toBe(`max-age=${seconds}`);
    }
  });

  it.each<[string, Asking, number]>([
    ['another path', { path: get.replace('dns-query', 'other') }, 404],
    ['a GET without a query', { path: '/dns-query' }, 400],
    ['an empty query', { path: '/dns-query?dns=' }, 400],
    ['no base64url', { path: '/dns-query?dns=a+b/' }, 400],
    ['padded base64url', { path: `${get}=` }, 400],
    ['a query that is none', { path: '/dns-query?dns=AAAA' }, 400],
    [
      'an answer instead of a query',
      { path: `/dns-query?dns=${Buffer.from('000080000000000000000000', 'hex').toString('base64url')}` },
      400,
    ],
    ['PUT', { method: 'PUT', path: '/dns-query', headers: dnsType, body: query }, 405],
    ['HEAD', { method: 'HEAD', path: get }, 405],
    ['a POST of another type', { method: 'POST', path: '/dns-query', headers: { 'content-type': 'text/plain' }, body: query }, 415],
    ['a POST without a type', { method: 'POST', path: '/dns-query', body: query }, 415],
    ['an empty POST', { method: 'POST', path: '/dns-query', headers: dnsType, body: new Uint8Array(0) }, 400],
    ['a POST that is too large', { method: 'POST', path: '/dns-query', headers: dnsType, body: new Uint8Array(65_536) }, 413],
  ])('%s', async (_name, asking, expected) => {
    const { port, counters } = await start();
    for (const send of both(port, asking)) expect((await send()).status).toBe(expected);
    expect(counters.httpStatuses).toEqual(new Map([[expected, 2]]));
    expect((await overHttp1(port, { path: get })).status).toBe(200);
  });

  it('a malformed question is answered by DNS, not by HTTP', async () => {
    const { port } = await start();
    const cut = `/dns-query?dns=${query.subarray(0, 20).toString('base64url')}`;
    const { status, body } = await overHttp1(port, { path: cut });
    expect([status, decodeMessage(body).responseCode]).toEqual([200, 1]);
  });

  it('a question that a handler drops is 500', async () => {
    const { port } = await start(() => ({ drop: 'acl', by: 'acl' }));
    expect((await overHttp1(port, { path: get })).status).toBe(500);
  });

  it('answers many questions of one HTTP/2 connection, in any order', async () => {
    const gate = Promise.withResolvers<void>();
    const { port } = await start(async (request) => {
      if (request.type === 1) await gate.promise;
      return oneAddress(request);
    });
    const client = session(port);
    const slow = overHttp2(client, { path: get });
    const fast = await Promise.all(
      Array.from({ length: 50 }, () =>
        overHttp2(client, { method: 'POST', path: '/dns-query', headers: dnsType, body: queryFor('web.example.org AAAA') }),
      ),
    );
    expect(fast.every(({ status }) => status === 200)).toBe(true);
    gate.resolve();
    expect((await slow).status).toBe(200);
  });

  it('sends the last octets of an answer and the end of its stream in one frame: some clients take no empty one', async () => {
    const { port } = await start();
    const socket = connect({ port, host: '127.0.0.1', ca: certificates.authority.cert, ALPNProtocols: ['h2'] });
    const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer =>
      Buffer.concat([Buffer.from([0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream]), payload]);
    const header = (name: string, value: string): Buffer =>
      Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
    const headers = Object.entries({ ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': get });
    let received = Buffer.alloc(0);
    const dataFlags = await new Promise<number>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
          if (received[at + 3] === 0) resolve(received[at + 4] as number);
        }
      });
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(
        Buffer.concat([
          frame(4, 0, 0, Buffer.alloc(0)),
          frame(1, 5, 1, Buffer.concat(headers.map(([name, value]) => header(name, value)))),
        ]),
      );
    });
    expect(dataFlags).toBe(1);
    socket.destroy();
  });

  it('gives up a request whose body does not come', async () => {
    const { port } = await start(oneAddress, { readTimeoutMs: 200 });
    const stream = session(port).request({ ':method': 'POST', ':path': '/dns-query', ...dnsType }, { endStream: false });
    stream.on('error', () => undefined);
    await new Promise<void>((resolve) => stream.on('close', () => resolve()));
    const socket = connect({ port, host: '127.0.0.1', ca: certificates.authority.cert, ALPNProtocols: ['http/1.1'] });
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: application/dns-message\r\nContent-Length: 50\r\n\r\nabc');
    await new Promise<void>((resolve) => socket.on('close', () => resolve()));
  });

  it('sends the answers under way when it closes', async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const { transport, port } = await start(async (request) => {
      asked++;
      await gate.promise;
      return oneAddress(request);
    });
    const replies = [overHttp1(port, { path: get }), overHttp2(session(port), { path: get })];
    session(port);
    await eventually(() => expect(asked).toBe(2));
    const closed = transport.close();
    await expect(overHttp1(port, { path: get })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    gate.resolve();
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200]);
    await closed;
  });

  it.each([
    ['ends a request that is too slow', 'GET / HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 408 /, 1],
    ['refuses what is no request', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 /, undefined],
  ])('%s', async (_what, octets, expected, slow) => {
    const { port, counters } = await start(oneAddress, { readTimeoutMs: 300 }, true);
    const socket = connectPlain(port, '127.0.0.1');
    socket.write(octets);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'close');
    expect(String(Buffer.concat(chunks))).toMatch(expected);
    expect(counters.drops.get('read_timeout')).toBe(slow);
  });

  it('without a certificate is plain HTTP, for a proxy in front', async () => {
    const { port } = await start(oneAddress, {}, true);
    expect((await overHttp1(port, { path: get }, true)).status).toBe(200);
  });

  it('closes the connection that is idle longest for one too many, and refuses that while all ask', async () => {
    const waiting: (() => void)[] = [];
    const chain: Next = (request) => new Promise((resolve) => waiting.push(() => resolve(oneAddress(request))));
    const { port, counters } = await start(chain, { maxConnections: 1 });
    const asking = overHttp1(port, { path: get });
    await eventually(() => expect(waiting).toHaveLength(1));
    await expect(overHttp1(port, { path: get })).rejects.toBeDefined();
    expect(counters.drops.get('too_many_connections')).toBe(1);
    waiting[0]?.();
    expect((await asking).status).toBe(200);
    const idle = session(port);
    await once(idle, 'connect');
    const closed = new Promise((resolve) => idle.once('close', resolve));
    const next = overHttp1(port, { path: get });
    await closed;
    expect(counters.drops.get('closed_for_another')).toBeGreaterThan(0);
    await eventually(() => expect(waiting).toHaveLength(2));
    waiting[1]?.();
    expect((await next).status).toBe(200);
  });

  it.skipIf(unmet('kdig +https', programRequirement('kdig', 'knot-dnsutils')))('answers kdig', async () => {
    const { port } = await start();
    for (const args of [
      ['+https'],
      ['+https-get'],
      ['+https', `+tls-ca=${certificates.authority.certFile}`, '+tls-host=localhost', '+padding'],
    ]) {
      const result = await dig(port, [...args, 'web.example.org', 'A'], 'kdig');
      expect(result.sections['ANSWER']).toEqual(['web.example.org. 300 IN A 192.0.2.1']);
    }
  });
});
