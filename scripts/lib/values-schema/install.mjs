import { flag, kubernetesList, map, object } from './builders.mjs';

/** Top-level values of the hook that installs CRDs and makes Secrets. */
export const installValues = {
  install: object('The hook that runs before an installation or upgrade', {
    crds: flag('Install and upgrade CRDs; those of an installed MetalLB or ExternalDNS are left alone'),
    nodeSelector: map('Nodes by label'),
    tolerations: kubernetesList('Taints of nodes that are tolerated'),
  }),
};
