import type { KubernetesObject } from '@seamark/common/model';

/** The prefix of ExternalDNS since v0.22. */
export const currentAnnotationPrefix = 'external-dns.kubernetes.io/';
/** The prefix of ExternalDNS before v0.22. */
export const alphaAnnotationPrefix = 'external-dns.alpha.kubernetes.io/';
/** Both prefixes; on an object that carries one key under both, the first counts. */
export const defaultAnnotationPrefixes: readonly string[] = [currentAnnotationPrefix, alphaAnnotationPrefix];

/** The value of an annotation under the first prefix that carries it. */
export function readAnnotation(object: KubernetesObject, key: string, prefixes: readonly string[]): string | undefined {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return undefined;
  for (const prefix of prefixes) {
    const value = annotations[prefix + key];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The whole key under which {@link readAnnotation} finds a value; with the first prefix when none does. */
export function annotationKey(object: KubernetesObject, key: string, prefixes: readonly string[]): string {
  return (prefixes.find((prefix) => object.metadata.annotations?.[prefix + key] !== undefined) ?? prefixes[0] ?? '') + key;
}

/** Splits a list annotation as ExternalDNS does: all blanks removed, split at commas; empty items are dropped. */
export function splitList(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .replaceAll(/\s/g, '')
    .split(',')
    .filter((item) => item !== '');
}

/** Like {@link splitList}, with one trailing dot removed from each item: the target annotation. */
export function splitTargets(value: string | undefined): string[] {
  return splitList(value).map((item) => (item.endsWith('.') ? item.slice(0, -1) : item));
}
