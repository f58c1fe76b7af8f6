import { join } from 'node:path';
import type { ApiServer } from '@seamark/testkit';
import { type RunningProcess, startProgram } from '../lab/running-process.ts';
import { poolNamespace } from '../lab/services.ts';
import { mustBeBuilt } from './tools.ts';

/** Starts MetalLB's controller outside the cluster: without the admission webhook, which the API server could not reach. */
export async function startMetallb(api: ApiServer): Promise<RunningProcess> {
  await api.installCrds([join(import.meta.dirname, 'metallb-status-crds.yaml')]);
  return startProgram(mustBeBuilt('metallb', 'controller'), [
    `-kubeconfig=${api.kubeconfigPath}`,
    `-namespace=${poolNamespace}`,
    '-webhook-mode=disabled',
    '-disable-cert-rotation',
    // Its metrics port would be open on every address; it goes on without one after an error line.
    '-port=-1',
  ]);
}
