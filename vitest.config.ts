import { defineConfig } from 'vitest/config';

const packages = ['testkit', 'common', 'kv-store-client', 'lb-controller', 'dns-sync', 'authoritative-dns', 'cli'];

// Tests run from source: the custom condition maps every @seamark/* import to its .ts file.
const shared = {
  resolve: { conditions: ['@seamark/source'] },
  ssr: { resolve: { conditions: ['@seamark/source'] } },
};

export default defineConfig({
  test: {
    // Two cores: real servers run beside the tests.
    maxWorkers: 2,
    projects: [
      ...packages.map((name) => ({
        ...shared,
        test: { name, root: `packages/${name}`, include: ['src/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      })),
      {
        ...shared,
        test: {
          name: 'e2e',
          root: 'e2e',
          include: ['suites/**/*.test.ts', 'conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { ...shared, test: { name: 'repository', root: '.', include: ['scripts/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
