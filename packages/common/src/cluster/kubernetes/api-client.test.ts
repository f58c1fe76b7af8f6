import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster } from '../cluster.ts';
import { serviceKind } from '../kind.ts';
import { createKubernetesCluster } from './kubernetes-cluster.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const key = { namespace: 'web', name: 'a' };
const found = { apiVersion: 'v1', kind: 'Service', metadata: { ...key, resourceVersion: '1' }, spec: {} };

describe('requests to an API server', () => {
  const folder = temporaryFolder('api-client');
  const tokenFile = join(folder.path, 'token');
  const script: Handler[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.authorization}`);
    (script.shift() ?? answer(200, found))(request, response);
  });
  let cluster: Cluster;

  function answer(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
    return (_request, response) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }
  const status = (code: number, message: string, details: object = {}): Handler => answer(code, { kind: 'Status', code, message, details });
  const cut: Handler = (request) => void request.socket.resetAndDestroy();

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(tokenFile, 'old');
    const kubeconfigText = JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix` } }],
      users: [{ name: 'u', user: { tokenFile } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
    // Delays of retries vanish; those that the server asks for stay.
    cluster = createKubernetesCluster({ kubeconfigText, random: () => 0, requestTimeoutMs: 2_000 });
    await cluster.get(serviceKind, key);
  });
  beforeEach(() => {
    asked.length = 0;
    script.length = 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    folder[Symbol.dispose]();
  });

  const cases: { title: string; script: Handler[]; run: () => Promise<unknown>; requests: number; code?: string; message?: RegExp }[] = [
    {
      title: 'wait as long as a busy server asks',
      script: [status(429, 'busy', { retryAfterSeconds: 0 }), answer(429, {}, { 'retry-after': '1' })],
      run: () => cluster.get(serviceKind, key),
      requests: 3,
    },
    {
      title: 'are made again when the server is not ready',
      script: [status(503, 'not ready'), status(500, 'etcd timeout'), status(504, 'slow')],
      run: () => cluster.patchStatus(serviceKind, key, { status: {} }),
      requests: 4,
    },
    {
      title: 'end after five attempts',
      script: Array.from({ length: 9 }, () => status(503, 'not ready')),
      run: () => cluster.get(serviceKind, key),
      requests: 5,
      code: 'SM_CLUSTER_UNAVAILABLE',
      message: /^get services web\/a: not ready \(HTTP 503\)$/,
    },
    {
      title: 'to create are not made again when the first may have worked',
      script: [status(500, 'lost')],
      run: () => cluster.create(serviceKind, found),
      requests: 1,
      code: 'SM_CLUSTER_UNAVAILABLE',
    },
    {
      title: 'to create are made again when the first was not begun',
      script: [status(429, 'busy')],
      run: () => cluster.create(serviceKind, found),
      requests: 2,
    },
    {
      title: 'with a version are not made again when the answer was lost',
      script: [cut],
      run: () => cluster.patchStatus(serviceKind, key, { status: {}, resourceVersion: '1' }),
      requests: 1,
      code: 'SM_CLUSTER_UNAVAILABLE',
    },
    { title: 'are made again over a connection that was cut', script: [cut], run: () => cluster.get(serviceKind, key), requests: 2 },
    {
      title: 'end at their deadline',
      script: [() => undefined],
      run: () => cluster.get(serviceKind, key),
      requests: 1,
      code: 'SM_CLUSTER_UNAVAILABLE',
      message: /no answer within 2000 ms/,
    },
    {
      title: 'say what the server last said when it asks for more time than there is',
      script: [status(429, 'very busy', { retryAfterSeconds: 60 })],
      run: () => cluster.get(serviceKind, key),
      requests: 1,
      code: 'SM_CLUSTER_UNAVAILABLE',
      message: /very busy/,
    },
    {
      title: 'that are refused are not repeated',
      script: [status(422, 'spec.x: no')],
      run: () => cluster.get(serviceKind, key),
      requests: 1,
      code: 'SM_CLUSTER_REJECTED',
    },
    {
      title: 'survive an answer that is no Status',
      script: [(_request, response) => void response.writeHead(404).end('404 page not found\n')],
      run: () => cluster.patchStatus(serviceKind, key, { status: {} }),
      requests: 1,
      code: 'SM_CLUSTER_NOT_FOUND',
      message: /404 page not found/,
    },
  ];
  test.each(cases)('$title', async ({ script: handlers, run, requests, code, message }) => {
    script.push(...handlers);
    const outcome = run();
    if (code === undefined) await outcome;
    else await expect(outcome).rejects.toMatchObject({ code, message: expect.stringMatching(message ?? /./) as string });
    expect(asked).toHaveLength(requests);
  });

  test('use a rotated token as soon as the old one is not accepted', async () => {
    writeFileSync(tokenFile, 'new');
    script.push(status(401, 'Unauthorized'));
    await cluster.get(serviceKind, key);
    expect(asked).toEqual(['GET Bearer old', 'GET Bearer new']);
    script.push(status(401, 'Unauthorized'), status(401, 'Unauthorized'));
    await expect(cluster.get(serviceKind, key)).rejects.toMatchObject({ code: 'SM_CLUSTER_FORBIDDEN' });
    expect(asked).toHaveLength(4);
  });

  test('end at once when their caller’s signal aborts, with its reason', async () => {
    const stop = new AbortController();
    script.push(() => stop.abort(new Error('no longer leading')));
    await expect(cluster.get(serviceKind, key, { signal: stop.signal })).rejects.toThrow('no longer leading');
  });

  test('go to the path under the server’s URL', async () => {
    let url: string | undefined;
    script.push((request, response) => {
      url = request.url;
      answer(200, found)(request, response);
    });
    await cluster.get(serviceKind, key);
    expect(url).toBe('/prefix/api/v1/namespaces/web/services/a');
  });
});
