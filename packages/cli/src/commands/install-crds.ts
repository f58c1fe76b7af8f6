import type { Config } from '@seamark/common/config';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { defaultCrdFolder, installCrds, readCrds } from '../crds/install-crds.ts';
import { print } from '../output/print.ts';

/** `seamark install-crds`: one line for each definition; resolves when all are served. */
export async function installCrdsCommand(config: Config, options: Readonly<Record<string, unknown>>): Promise<void> {
  const crds = readCrds((options['from'] as string | undefined) ?? defaultCrdFolder());
  const cluster = createKubernetesCluster({ kubeconfig: config.cluster.kubeconfig });
  await installCrds({ cluster, crds, timeoutMs: (options['timeout'] as number) * 1000, report: print });
}
