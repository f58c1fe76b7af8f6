import type { TestCluster } from '../../cluster/test-cluster.ts';

/** The cluster that `npm run e2e -- --on …` chose; the lab when it said nothing. */
export function chosenCluster(): TestCluster['on'] {
  const on = process.env['SEAMARK_E2E_ON'] ?? 'lab';
  if (on === 'lab' || on === 'kind' || on === 'kubeconfig') return on;
  throw new Error(`SEAMARK_E2E_ON=${on}: allowed are lab, kind and kubeconfig`);
}
