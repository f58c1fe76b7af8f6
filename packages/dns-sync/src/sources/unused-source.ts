import type { HttpRoute, KubernetesObject } from '@seamark/common/model';
import { readAnnotation, splitList } from './annotations.ts';
import { declaredDnsEndpointNames } from './crd.ts';
import { type Derivation, decision, emptyDerivation, refOf } from './derivation.ts';
import { declaredIngressHosts } from './ingress.ts';
import { type SourceName, sourceNames } from './source-options.ts';

/** Sources whose objects are looked at even when the source is off, so that their names do not vanish without a word. */
export type ObservedSource = SourceName | 'gateway-httproute';

/** SOURCE_OFF (or SOURCE_NOT_BUILT) for every name that an object of a source that is off declares. */
export function deriveUnused(
  source: ObservedSource,
  object: KubernetesObject,
  on: readonly string[],
  prefixes: readonly string[],
): Derivation {
  const names = declaredNames(source, object, prefixes);
  if (names.length === 0) return emptyDerivation;
  const code = sourceNames.some((built) => built === source) ? 'SOURCE_OFF' : 'SOURCE_NOT_BUILT';
  const sorted = on.toSorted();
  return { endpoints: [], decisions: names.map((name) => decision(code, refOf(object), `name:${name}`, { name, source, on: sorted })) };
}

function declaredNames(source: ObservedSource, object: KubernetesObject, prefixes: readonly string[]): readonly string[] {
  switch (source) {
    case 'service':
      return [
        ...splitList(readAnnotation(object, 'hostname', prefixes)),
        ...splitList(readAnnotation(object, 'internal-hostname', prefixes)),
      ];
    case 'ingress':
      return declaredIngressHosts(object, prefixes);
    case 'crd':
      return declaredDnsEndpointNames(object);
    case 'gateway-httproute':
      return (object as HttpRoute).spec?.hostnames ?? [];
    default:
      return [];
  }
}
