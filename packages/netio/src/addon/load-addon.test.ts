import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const options = { host: Uint8Array.of(127, 0, 0, 1), port: 0, onQuestion: () => undefined };

test.each([
  ['', 'SEAMARK_NETIO_ADDON is empty'],
  ['/nowhere/netio.node', '/nowhere/netio.node: Cannot find module'],
])('without the addon (%j) Node answers alone, and the reason is told once', async (file, problem) => {
  vi.stubEnv('SEAMARK_NETIO_ADDON', file);
  const { openArena, startUdpServer } = await import('../index.ts');
  const problems: string[] = [];
  for (let start = 0; start < 2; start++) {
    const server = await startUdpServer({ ...options, onFallback: (reason) => problems.push(reason) });
    expect(server.native).toBe(false);
    await server.close();
  }
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(openArena()).toBeUndefined();
});

test('without a compiler there is no addon, and the reason says so', async () => {
  const { buildAddon } = await import('./build-addon.ts');
  const built = buildAddon({ arch: process.arch, compiler: '/nowhere/cc' });
  expect(built).toEqual({ ok: false, problem: expect.stringContaining('/nowhere/cc') });
});

test('with a cache that cannot be used there is no addon, and the reason says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netio-cache-'));
  const cache = join(folder, 'file');
  writeFileSync(cache, '');
  vi.stubEnv('XDG_CACHE_HOME', cache);
  const { buildAddon } = await import('./build-addon.ts');
  expect(buildAddon()).toEqual({ ok: false, problem: expect.stringContaining(cache) });
  rmSync(folder, { recursive: true });
});
