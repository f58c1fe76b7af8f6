import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder, findProgram, networkNamespaceRequirement, type Requirement, rootRequirement } from '@seamark/testkit';
import { LabError } from './lab-error.ts';

const built = {
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  kubelet: 'kubernetes',
  'kube-proxy': 'kubernetes',
  kubectl: 'kubernetes',
  helm: 'helm',
  etcd: 'etcd',
  coredns: 'coredns',
} as const;

/** A program that `npm run setup` builds. */
export type BuiltProgram = keyof typeof built;

const installed = {
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  openssl: 'openssl',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
} as const;

const cniFolders = ['/usr/lib/cni', '/opt/cni/bin'];

/** Full path of a program built by `npm run setup`. */
export function builtProgram(name: BuiltProgram): string {
  return join(builtToolFolder(built[name]), name);
}

/** Folder of the CNI plugins. */
export function cniFolder(): string {
  return cniFolders.find((folder) => existsSync(join(folder, 'bridge'))) ?? '/usr/lib/cni';
}

/** What the lab needs of the machine: root, namespaces, Debian packages, programs built by Go. */
export function labRequirement(): Requirement {
  const reasons = [
    process.platform === 'linux' ? undefined : 'needs Linux',
    rootRequirement().missing,
    ...Object.entries(installed).map(([program, debianPackage]) =>
      findProgram(program) === undefined
        ? `${program} is not installed (apt-get install ${debianPackage}, or npm run setup as root)`
        : undefined,
    ),
    cniFolders.some((folder) => existsSync(join(folder, 'bridge')))
      ? undefined
      : 'the CNI plugins are not installed (apt-get install containernetworking-plugins, or npm run setup as root)',
    ...(Object.keys(built) as BuiltProgram[]).map((name) =>
      isExecutable(builtProgram(name)) ? undefined : `${name} is not built (npm run setup with Go on PATH)`,
    ),
  ].filter((reason) => reason !== undefined);
  // Making a namespace is the one check that costs something, and means nothing without root.
  if (reasons.length === 0) reasons.push(...[networkNamespaceRequirement().missing].filter((reason) => reason !== undefined));
  return reasons.length === 0 ? { name: 'the lab' } : { name: 'the lab', missing: reasons.join('; ') };
}

/** Throws with everything that is missing. */
export function requireLab(): void {
  const { missing } = labRequirement();
  if (missing !== undefined) throw new LabError(`the lab cannot start on this machine: ${missing}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
