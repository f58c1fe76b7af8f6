import type { KubernetesObject, ProviderSpecificProperty } from '@seamark/common/model';

const namespaced = /^(aws|scw|webhook|coredns)-(.+)$/;
const wholeKeys = new Set([
  'cloudflare-proxied',
  'cloudflare-custom-hostnames',
  'cloudflare-region-key',
  'cloudflare-record-comment',
  'cloudflare-tags',
]);

/**
 * The provider properties that an object's annotations set, as ExternalDNS names them: `aws-weight` → `aws/weight`, `azure-tags` →
 * `azure/tags`, `alias: "true"` → `alias`, cloudflare's under the whole annotation key. Sorted by name.
 */
export function providerProperties(object: KubernetesObject, prefixes: readonly string[]): readonly ProviderSpecificProperty[] {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return [];
  const properties = new Map<string, string>();
  // From the last prefix to the first, so that the one with precedence has the last word.
  for (const prefix of prefixes.toReversed()) {
    for (const [annotation, value] of Object.entries(annotations)) {
      if (!annotation.startsWith(prefix)) continue;
      const name = propertyName(annotation.slice(prefix.length), annotation, value);
      if (name !== undefined) properties.set(name, value);
    }
  }
  return [...properties].map(([name, value]) => ({ name, value })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function propertyName(key: string, annotation: string, value: string): string | undefined {
  if (key === 'alias') return value === 'true' ? 'alias' : undefined;
  if (key === 'azure-tags') return 'azure/tags';
  if (key === 'record-type') return 'record-type';
  if (wholeKeys.has(key)) return annotation;
  const match = namespaced.exec(key);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}
