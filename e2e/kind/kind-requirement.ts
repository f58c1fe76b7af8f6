import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder, findProgram, networkNamespaceRequirement, type Requirement, rootRequirement } from '@seamark/testkit';

/** Debian packages by a program of theirs, for an engine and a node image of our own. */
const installed = {
  docker: 'docker.io',
  dockerd: 'docker.io',
  mmdebstrap: 'mmdebstrap',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
} as const;

/** Programs that `npm run setup` builds, by the folder of e2e/tools: all of them go into the node image or make it. */
const built = {
  kind: ['kind'],
  kubernetes: ['kubectl', 'kubeadm', 'kubelet', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'],
  etcd: ['etcd'],
  coredns: ['coredns'],
  helm: ['helm'],
} as const;

/** What a kind cluster needs of the machine; with a node image to pull it is docker, kind, kubectl and helm only. */
export function kindRequirement(pulledImage: boolean): Requirement {
  const name = 'kind';
  const programs = pulledImage ? (['docker', 'ip'] as const) : (Object.keys(installed) as (keyof typeof installed)[]);
  const folders = Object.entries(built).flatMap(([tool, names]) => names.map((program) => [tool, program] as const));
  const reasons = [
    process.platform === 'linux' ? undefined : 'needs Linux',
    rootRequirement().missing,
    ...programs.map((program) =>
      findProgram(program) === undefined
        ? `${program} is not installed (apt-get install ${installed[program]}, or npm run setup as root)`
        : undefined,
    ),
    pulledImage || findProgram('go') !== undefined ? undefined : 'Go is not installed',
    ...folders
      .filter(([, program]) => !pulledImage || ['kind', 'kubectl', 'helm'].includes(program))
      .map(([tool, program]) =>
        existsSync(join(builtToolFolder(tool), program)) ? undefined : `${program} is not built (npm run setup with Go on PATH)`,
      ),
  ].filter((reason) => reason !== undefined);
  if (reasons.length === 0 && !pulledImage)
    reasons.push(...[networkNamespaceRequirement().missing].filter((reason) => reason !== undefined));
  return reasons.length === 0 ? { name } : { name, missing: reasons.join('; ') };
}
