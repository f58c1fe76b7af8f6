export { createKubernetesCluster } from './kubernetes-cluster.ts';
export type { KubernetesClusterOptions } from './kubernetes-cluster.ts';
export type { KubeconfigSource } from './kubeconfig.ts';
export { defaultReflectorTimes } from './reflector-times.ts';
export type { ReflectorTimes } from './reflector-times.ts';
