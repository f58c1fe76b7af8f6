import type { Cluster, Kind } from '@seamark/common/cluster';
import type { KubernetesObject } from '@seamark/common/model';

/** A Secret of Kubernetes; values are base64. */
export interface Secret extends KubernetesObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

export const secretKind: Kind<Secret> = Object.freeze({ group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true });

/** Marks Secrets that are ours to renew; any other is left alone. */
export const ownerLabel = 'seamark.dev/made-by';
export const ownerName = 'prepare-secrets';

/** Which rotation of passwords a Secret holds. */
export const rotationAnnotation = 'seamark.dev/rotation';

/** Content of a Secret as text. */
export type SecretContent = Readonly<Record<string, string>>;

/** The content of a Secret; empty without one. */
export function contentOf(secret: Secret | undefined): SecretContent {
  return Object.fromEntries(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** True when the Secret was made by us. */
export function isOurs(secret: Secret): boolean {
  return secret.metadata.labels?.[ownerLabel] === ownerName;
}

/** What a Secret of ours is to be. */
export interface WantedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rotation: number;
  readonly content: SecretContent;
}

/**
 * Creates the Secret, or makes `present` be as wanted; what others added stays. Throws SM_CLUSTER_CONFLICT when somebody else was
 * quicker, so that two runs at once never mix their keys.
 */
export async function writeSecret(cluster: Cluster, wanted: WantedSecret, present: Secret | undefined): Promise<void> {
  const { namespace, name, labels, rotation, content } = wanted;
  const object: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name,
      labels: { ...labels, [ownerLabel]: ownerName },
      annotations: { [rotationAnnotation]: String(rotation) },
      ...(present?.metadata.resourceVersion === undefined ? {} : { resourceVersion: present.metadata.resourceVersion }),
    },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(content).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
  if (present === undefined) await cluster.create(secretKind, object);
  else await cluster.apply(secretKind, object, { fieldManager: 'seamark-install' });
}
