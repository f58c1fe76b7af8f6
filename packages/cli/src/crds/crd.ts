import type { Kind } from '@seamark/common/cluster';
import type { KubernetesObject } from '@seamark/common/model';

/** A custom resource definition, as far as installing looks at it. */
export interface Crd extends KubernetesObject {
  readonly spec?: { readonly versions?: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[] };
  readonly status?: {
    readonly storedVersions?: readonly string[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

export const crdKind: Kind<Crd> = Object.freeze({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

/** Whole number that grows with every change of a definition of ours. */
export const crdVersionAnnotation = 'seamark.dev/crd-version';

/** The {@link crdVersionAnnotation}; 0 for a definition of ours from before there were any, undefined for one that is not ours. */
export function crdVersionOf(crd: Crd): number | undefined {
  const version = Number(crd.metadata.annotations?.[crdVersionAnnotation]);
  if (Number.isSafeInteger(version)) return version;
  return crd.metadata.labels?.['app.kubernetes.io/part-of'] === 'seamark' ? 0 : undefined;
}
