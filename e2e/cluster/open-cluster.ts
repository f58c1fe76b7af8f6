import type { Requirement } from '@seamark/testkit';
import { kindRequirement } from '../kind/kind-requirement.ts';
import { labRequirement } from '../lab/programs.ts';
import type { TestCluster } from './test-cluster.ts';

/** Where suites run. */
export type ClusterChoice = TestCluster['on'];

/** Options of {@link openCluster}. What a kind of cluster has no use for is ignored. */
export interface OpenClusterOptions {
  readonly on: ClusterChoice;
  /** Nodes that run pods. Default: 3 in the lab, 2 on kind. */
  readonly nodes?: number;
  /** kind: an image that the person's docker pulls, instead of the one made by hand. Default: SEAMARK_E2E_NODE_IMAGE. */
  readonly nodeImage?: string;
  /** kubeconfig: the file. Default: SEAMARK_E2E_KUBECONFIG, then KUBECONFIG, then kubectl's own. */
  readonly kubeconfigFile?: string;
}

/** Starts a lab or a kind cluster, or connects to the person's own. Disposing of it ends what was started, and nothing else. */
export async function openCluster(options: OpenClusterOptions): Promise<TestCluster> {
  const nodes = options.nodes === undefined ? {} : { nodes: options.nodes };
  // What is not chosen is not loaded: each way brings much of its own.
  if (options.on === 'lab') {
    const { openLabCluster } = await import('../lab/lab-cluster.ts');
    return openLabCluster(nodes);
  }
  if (options.on === 'kind') {
    const { openKindCluster } = await import('../kind/kind-cluster.ts');
    const nodeImage = options.nodeImage ?? setting('SEAMARK_E2E_NODE_IMAGE');
    return openKindCluster({ ...nodes, ...(nodeImage === undefined ? {} : { nodeImage }) });
  }
  const { connectKubeconfigCluster } = await import('./kubeconfig-cluster.ts');
  const kubeconfigFile = options.kubeconfigFile ?? setting('SEAMARK_E2E_KUBECONFIG') ?? setting('KUBECONFIG');
  const pools = setting('SEAMARK_E2E_POOLS')?.split(',') ?? [];
  const [ipv4, ipv6] = [pools.find((pool) => !pool.includes(':')), pools.find((pool) => pool.includes(':'))];
  return connectKubeconfigCluster({
    ...(kubeconfigFile === undefined ? {} : { kubeconfigFile }),
    ...(ipv4 === undefined ? {} : { pools: { ipv4, ...(ipv6 === undefined ? {} : { ipv6 }) } }),
  });
}

/** What {@link openCluster} needs of this machine, for the skip of a suite by name. */
export function clusterRequirements(on: ClusterChoice): readonly Requirement[] {
  if (on === 'lab') return [labRequirement()];
  return on === 'kind' ? [kindRequirement(setting('SEAMARK_E2E_NODE_IMAGE') !== undefined)] : [];
}

/** An empty variable is none. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
