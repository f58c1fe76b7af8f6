import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpEndpoints, type HttpEndpoints, type ReadinessCheck } from './http-endpoints.ts';
import { createMetrics } from './metrics.ts';

const signal = new AbortController().signal;
let endpoints: HttpEndpoints | undefined;
afterEach(() => endpoints?.stop());

async function start(readiness: ReadonlyMap<string, ReadinessCheck>): Promise<string> {
  endpoints = createHttpEndpoints({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics({ version: '1.2.3', component: 'test' }),
    readiness,
  });
  await endpoints.start(signal);
  return `http://127.0.0.1:${endpoints.address()?.port}`;
}

describe('health and metrics', () => {
  it('readyz names what is being waited for and turns 200 when it is there', async () => {
    let synced = false;
    const base = await start(new Map([['store', () => (synced ? undefined : 'loading records')]]));
    const before = await fetch(`${base}/readyz`);
    expect([before.status, await before.text()]).toEqual([503, 'store: loading records\n']);
    synced = true;
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });

  it('serves Prometheus text and refuses other methods and paths', async () => {
    const base = await start(new Map());
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('seamark_build_info{version="1.2.3",component="test"} 1');
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${base}/else`)).status).toBe(404);
  });

  it('says which address is busy', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const busy = createHttpEndpoints({
      host: '127.0.0.1',
      port,
      metrics: createMetrics({ version: '0', component: 'test' }),
      readiness: new Map(),
    });
    await expect(busy.start(signal)).rejects.toMatchObject({
      code: 'SM_LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    other.close();
  });
});
