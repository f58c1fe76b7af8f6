import {
  type Endpoint,
  type KubernetesObject,
  type ObjectRef,
  type RecordType,
  tryNormalizeDnsName,
  tryParseTtlSeconds,
  tryParseZonedAddress,
} from '@seamark/common/model';
import { readAnnotation, annotationKey } from './annotations.ts';
import { type AnyDecision, type DerivedEndpoint, decision, refOf, resourceLabel } from './derivation.ts';
import { providerProperties } from './provider-properties.ts';

/** Type of the record that a target text makes: IPv4 → A, IPv6 (zones and IPv4-mapped too) → AAAA, all else → CNAME. */
export function recordTypeOfTarget(target: string): 'A' | 'AAAA' | 'CNAME' {
  const address = tryParseZonedAddress(target);
  if (!address.ok) return 'CNAME';
  return typeof address.value.address === 'number' ? 'A' : 'AAAA';
}

/** What all endpoints of one annotated object share. */
export interface EndpointTemplate {
  readonly recordTTL: number | undefined;
  readonly setIdentifier: string | undefined;
  readonly providerSpecific: Endpoint['providerSpecific'];
  readonly labels: Endpoint['labels'];
  /** TTL_INVALID, when the ttl annotation is neither seconds nor a duration in range. */
  readonly decisions: readonly AnyDecision[];
}

/** Reads ttl, set-identifier and provider properties from an object's annotations. */
export function endpointTemplate(object: KubernetesObject, prefixes: readonly string[]): EndpointTemplate {
  const ttlText = readAnnotation(object, 'ttl', prefixes);
  const ttl = ttlText === undefined ? undefined : tryParseTtlSeconds(ttlText);
  const setIdentifier = readAnnotation(object, 'set-identifier', prefixes);
  return {
    recordTTL: ttl?.ok === true ? ttl.value : undefined,
    setIdentifier: setIdentifier === '' ? undefined : setIdentifier,
    providerSpecific: providerProperties(object, prefixes),
    labels: { resource: resourceLabel(object) },
    decisions:
      ttl?.ok === false
        ? [decision('TTL_INVALID', refOf(object), `annotation:${annotationKey(object, 'ttl', prefixes)}`, { value: ttlText ?? '' })]
        : [],
  };
}

/** Makes one endpoint for each type among the targets: A, AAAA, CNAME in this order. `name` is normalised. */
export function endpointsForName(name: string, targets: readonly string[], template: EndpointTemplate): DerivedEndpoint[] {
  const byType = new Map<RecordType, string[]>([['A', []], ['AAAA', []], ['CNAME', []]]); // prettier-ignore
  for (const target of new Set(targets)) byType.get(recordTypeOfTarget(target))?.push(target);
  const endpoints: DerivedEndpoint[] = [];
  for (const [recordType, ofType] of byType) {
    if (ofType.length === 0) continue;
    endpoints.push({
      endpoint: {
        dnsName: name,
        recordType,
        targets: ofType.map((target) => (target.endsWith('.') ? target.slice(0, -1) : target)).toSorted(),
        ...(template.recordTTL === undefined ? {} : { recordTTL: template.recordTTL }),
        ...(template.setIdentifier === undefined ? {} : { setIdentifier: template.setIdentifier }),
        labels: template.labels,
        providerSpecific: template.providerSpecific,
      },
      where: 'metadata.annotations',
    });
  }
  return endpoints;
}

/** Names that can be published, normalised and without repetition, and NAME_INVALID for the others. */
export function usableNames(
  object: ObjectRef,
  names: readonly string[],
): { readonly names: readonly string[]; readonly decisions: readonly AnyDecision[] } {
  const usable = new Set<string>();
  const decisions: AnyDecision[] = [];
  for (const name of names) {
    const normalized = tryNormalizeDnsName(name);
    if (normalized.ok) usable.add(normalized.value);
    else decisions.push(decision('NAME_INVALID', object, `name:${name}`, { name, problem: normalized.problem }));
  }
  return { names: [...usable], decisions };
}
