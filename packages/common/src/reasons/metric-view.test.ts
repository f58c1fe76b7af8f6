import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createReasonStream, measureDecisions } from './index.ts';

test('a warning has its object and its time in the metrics, for as long as it holds', async () => {
  let nowMs = 5_000;
  const stream = createReasonStream({ now: () => nowMs });
  const registry = new Registry();
  measureDecisions(stream, registry);
  const named = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('seamark_warning_since'));
  const pool = { kind: 'IPAddressPool', namespace: 'metallb-system', name: 'lan' };
  const service = { kind: 'Service', namespace: 'web', name: 'web' };
  stream.report({ code: 'POOL_INVALID', object: pool, topic: 'pool', params: { field: 'spec', problem: 'wrong' } });
  // Information is not worth a series.
  stream.report({ code: 'CLUSTER_IP_PENDING', object: service, topic: 'address', params: {} });
  nowMs = 9_000;
  const line = 'seamark_warning_since_timestamp_seconds{reason="POOL_INVALID",object="IPAddressPool metallb-system/lan"} 5';
  expect(await named()).toEqual([line]);
  stream.end(pool, 'pool');
  expect(await named()).toEqual([]);
});

test('a storm of warnings names a hundred objects and counts all of them', async () => {
  const stream = createReasonStream();
  const registry = new Registry();
  measureDecisions(stream, registry);
  for (let index = 0; index < 250; index++) {
    const object = { kind: 'IPAddressPool', namespace: 'metallb-system', name: `p${index}` };
    stream.report({ code: 'POOL_INVALID', object, topic: 'pool', params: { field: 'spec', problem: 'wrong' } });
  }
  const text = await registry.metrics();
  expect(text.match(/^seamark_warning_since/gm)).toHaveLength(100);
  expect(text).toContain('seamark_decisions{reason="POOL_INVALID"} 250');
});
