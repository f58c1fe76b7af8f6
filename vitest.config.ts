import { defineConfig } from 'vitest/config';

const packages = ['testkit', 'common', 'netio', 'kv-store-client', 'lb-controller', 'dns-sync', 'authoritative-dns', 'cli'];

// Tests run from source: the custom condition maps every @seamark/* import to its .ts file.
const shared = {
  resolve: { conditions: ['@seamark/source'] },
  ssr: { resolve: { conditions: ['@seamark/source'] } },
};

// Suites of `npm test` that start a whole Kubernetes cluster.
const clusterSuites = ['suites/cluster-*.test.ts', 'suites/lab*.test.ts', 'suites/kind*.test.ts'];

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
          exclude: clusterSuites,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // One cluster at a time, and nothing beside it.
      {
        ...shared,
        test: {
          name: 'cluster-short',
          root: 'e2e',
          include: clusterSuites,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      // `npm run e2e`: not part of `npm test`.
      {
        ...shared,
        test: {
          name: 'cluster',
          root: 'e2e',
          include: ['cluster-suites/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: { name: 'charts', root: 'charts/seamark/tests', include: ['*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      { ...shared, test: { name: 'images', root: 'images', include: ['**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
      { ...shared, test: { name: 'repository', root: '.', include: ['scripts/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
