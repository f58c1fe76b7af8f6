/** Errors of installing on a cluster: custom resource definitions, the Secrets and members of etcd, the check of an installation. */
export const installErrors = {
  SM_CRD_UNUSABLE: {
    meaning: 'An installed custom resource definition belongs to somebody else and does not serve the version that Seamark needs.',
    remedy: 'Upgrade the chart that the message names, or remove it (its objects stay) and install again.',
  },
  SM_CRD_NOT_ESTABLISHED: {
    meaning: 'The API server accepted a custom resource definition and does not serve it.',
    remedy: 'Read the condition in the message; most often its names are taken by another definition.',
  },
  SM_CERTIFICATE_INVALID: {
    meaning: 'A Secret holds a certificate or key that cannot be read, does not belong together, or lacks a name that is needed.',
    remedy: 'Correct the Secret that the message names, or delete it if Seamark made it: it is made anew.',
  },
  SM_ETCD_JOIN_REFUSED: {
    meaning: 'A member of etcd must not start: it could damage the cluster, or the others did not become ready in time.',
    remedy: 'Read the sentence; when most members have lost their data, restore a snapshot or delete the data of all of them.',
  },
  SM_VERIFY_FAILED: {
    meaning: 'A record that was just created did not become an answer, or stayed after it had been deleted.',
    remedy: 'Look at the first broken link that the message names, and at the log of the component that it names.',
  },
} as const;
