import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createLogger } from '@seamark/common/observability';

const lines: string[] = [];
const logger = createLogger({ format: 'text', color: false, destination: { write: (line: string) => void lines.push(line) } });

beforeEach(() => {
  vi.resetModules();
  lines.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('without the native part node:dgram answers, and one line says why', async () => {
  vi.stubEnv('SEAMARK_NETIO_ADDON', '');
  vi.stubEnv('SEAMARK_DNS_ENGINE', '');
  const { chooseEngine } = await import('./choose-engine.ts');
  expect([chooseEngine(undefined, logger), chooseEngine(undefined, logger)]).toEqual(['dgram', 'dgram']);
  expect(lines).toEqual([expect.stringContaining('by node:dgram: SEAMARK_NETIO_ADDON is empty')]);
  expect(() => chooseEngine('netio', logger)).toThrow('the engine netio cannot be used: SEAMARK_NETIO_ADDON is empty');
});

test('the environment chooses where no option does', async () => {
  vi.stubEnv('SEAMARK_DNS_ENGINE', 'dgram');
  const { chooseEngine } = await import('./choose-engine.ts');
  expect(chooseEngine(undefined, logger)).toBe('dgram');
  vi.stubEnv('SEAMARK_DNS_ENGINE', 'turbo');
  expect(() => chooseEngine(undefined, logger)).toThrow('SEAMARK_DNS_ENGINE: "turbo" is no engine; allowed: netio, dgram');
  expect(lines).toEqual([]);
});
