import { createLogger, createMetrics } from '@seamark/common/observability';
import { eventually, freePort } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { startCorefileServer } from '../../testing/corefile-server.ts';
import { createSelfCheckMetrics, startSelfCheck } from './self-check.ts';

async function samples(metrics: ReturnType<typeof createMetrics>): Promise<Record<string, number>> {
  const lines = (await metrics.metrics()).matchAll(/^coredns_health_request_(\w+) (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

describe('a server that asks its own health', () => {
  it('measures how long that takes, once for blocks that share an address', async () => {
    const [port, metrics] = [await freePort(), createMetrics({ version: '0', component: 'test' })];
    const block = (zone: string): string => `${zone}:0 {\nbind 127.0.0.1\nhealth :${port}\nwhoami\n}\n`;
    const startedMs = performance.now();
    await using _server = await startCorefileServer(block('a.test') + block('b.test'), {}, { metrics });
    expect(await samples(metrics)).toEqual({ duration_seconds_sum: 0, duration_seconds_count: 0, failures_total: 0 });
    const counts = await eventually(async () => {
      const found = await samples(metrics);
      expect(found['duration_seconds_count']).toBeGreaterThan(0);
      return found;
    });
    expect(counts['duration_seconds_sum']).toBeGreaterThan(0);
    expect(counts['duration_seconds_count']).toBeLessThanOrEqual((performance.now() - startedMs) / 1000);
    expect(counts['failures_total']).toBe(0);
  });

  it('counts and logs an endpoint that does not answer', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    const log: string[] = [];
    const logger = createLogger({ format: 'text', color: false, destination: { write: (line: string) => void log.push(line) } });
    using _check = startSelfCheck(`http://127.0.0.1:${await freePort()}/health`, createSelfCheckMetrics(metrics), logger);
    await eventually(async () => expect((await samples(metrics))['failures_total']).toBe(1));
    expect(log[0]).toMatch(/WARN .*health: the own endpoint http:\S+ did not answer: .*ECONNREFUSED/);
  });
});
