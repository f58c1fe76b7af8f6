import type { KubernetesObject } from '../model/index.ts';

/**
 * Annotation of an Ingress in which whoever publishes addresses of Ingresses says why this one has none. A clause that follows `has no
 * address: `; written by the ingress publisher of the manifests driver. An API server's ingress controllers do not write it.
 */
export const addressProblemAnnotation = 'seamark.dev/address-problem';

/** Why an Ingress has no address, as far as its publisher said. */
export function ingressAddressProblem(ingress: Pick<KubernetesObject, 'metadata'>): string | undefined {
  return ingress.metadata.annotations?.[addressProblemAnnotation];
}
