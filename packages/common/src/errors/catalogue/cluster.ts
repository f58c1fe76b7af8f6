/** Errors of the Cluster seam. */
export const clusterErrors = {
  SM_CLUSTER_CONFLICT: {
    meaning: 'An object changed between reading and writing it (HTTP 409).',
    remedy: 'Nothing: the write is tried again from the new state.',
  },
  SM_CLUSTER_NOT_FOUND: {
    meaning: 'An object, or the kind it belongs to, does not exist (HTTP 404).',
    remedy: 'Install the custom resource definitions, or check the name.',
  },
  SM_CLUSTER_FORBIDDEN: {
    meaning: 'The API server refuses an action to this identity (HTTP 401 or 403).',
    remedy: 'Bind the role that allows the verb and resource that the message names.',
  },
  SM_CLUSTER_UNAVAILABLE: {
    meaning: 'The API server cannot be reached, or answers with an error that will pass.',
    remedy: 'Nothing: the request is tried again. If it lasts, check the address in the kubeconfig and the API server.',
  },
  SM_CLUSTER_REJECTED: {
    meaning: 'The API server refuses an object as invalid (HTTP 400 or 422).',
    remedy: 'Read the reason in the message; it is the API server’s own.',
  },
  SM_KUBECONFIG_INVALID: {
    meaning: 'The kubeconfig does not exist, cannot be read, or names no usable cluster.',
    remedy: 'Check --kubeconfig, $KUBECONFIG, or run inside a cluster with a ServiceAccount.',
  },
  SM_MANIFESTS_NOT_FOUND: {
    meaning: 'The manifests path is not a folder or file that can be read.',
    remedy: 'Give an existing folder with --manifests, or - for standard input.',
  },
  SM_LEADERSHIP_LOST: {
    meaning: 'A write was attempted after the lease that allows it had ended.',
    remedy: 'Nothing: the new leader does the work.',
  },
} as const;
