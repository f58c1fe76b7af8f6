import { z } from 'zod';
import { flagSchema, setting } from '../setting.ts';

/** Where Kubernetes objects come from. */
export const clusterSettings = {
  manifests: setting(
    z.string().min(1, 'allowed: a folder, a file, or - for standard input').optional(),
    'Folder of YAML manifests to serve instead of a cluster (default: examples)',
    {
      flag: 'manifests',
      value: 'DIR',
      commands: ['up'],
    },
  ),
  kubeconfig: setting(z.string().optional(), 'Kubeconfig of the cluster to serve; in a pod the ServiceAccount is used', {
    flag: 'kubeconfig',
    env: ['EXTERNAL_DNS_KUBECONFIG'],
    value: 'FILE',
    commands: ['up', 'lb-controller', 'dns-sync', 'install-crds', 'etcd prepare-secrets', 'verify'],
  }),
  leaderElect: setting(flagSchema.default(true), 'Take part in leader election, so that several replicas have one writer (clusters only)', {
    flag: 'leader-elect',
    commands: ['up', 'lb-controller', 'dns-sync'],
  }),
  leaseNamespace: setting(z.string().min(1).default('kube-system'), 'Namespace of the leases of leader election', {
    flag: 'lease-namespace',
    env: ['POD_NAMESPACE'],
    value: 'NS',
    commands: ['up', 'lb-controller', 'dns-sync'],
  }),
};
