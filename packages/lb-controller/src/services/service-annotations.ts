import type { Service } from '@seamark/common/model';

/** The prefix that is written, and read first. */
export const annotationPrefix = 'metallb.io/';
/** The prefix of MetalLB before 0.14, still read. */
export const deprecatedAnnotationPrefix = 'metallb.universe.tf/';

/** Annotations by which a Service asks for something. */
export type RequestAnnotation = 'address-pool' | 'loadBalancerIPs' | 'allow-shared-ip';

/** Written with the address: the pool that it is from. */
export const allocatedFromPool = `${annotationPrefix}ip-allocated-from-pool`;

const requestAnnotations: readonly RequestAnnotation[] = ['address-pool', 'loadBalancerIPs', 'allow-shared-ip'];

/** The value of an annotation and the key that it was under. The new key, once present, hides the deprecated one, even when it is empty. */
export function readAnnotation(service: Service, name: RequestAnnotation): { readonly key: string; readonly value: string } | undefined {
  const annotations = service.metadata.annotations ?? {};
  for (const key of [annotationPrefix + name, deprecatedAnnotationPrefix + name]) {
    const value = annotations[key];
    if (value !== undefined) return { key, value };
  }
  return undefined;
}

/** The deprecated keys that a Service carries, hidden or not, each with the key to use instead. */
export function deprecatedAnnotations(service: Service): readonly { readonly annotation: string; readonly use: string }[] {
  const annotations = service.metadata.annotations;
  if (annotations === undefined) return [];
  return requestAnnotations
    .map((name) => ({ annotation: deprecatedAnnotationPrefix + name, use: annotationPrefix + name }))
    .filter(({ annotation }) => annotations[annotation] !== undefined);
}
