import { type DnsEndpoint, type DnsEndpointEntry, type RecordType, tryNormalizeDnsName } from '@seamark/common/model';
import { type AnyDecision, type Derivation, type DerivedEndpoint, decision, refOf, resourceLabel } from './derivation.ts';
import { selectorExclusionOf } from './exclusion.ts';
import type { ResolvedSourceOptions } from './source-options.ts';

/** The members that {@link deriveDnsEndpoint} reads, for the view's scope. */
export const dnsEndpointFields: readonly string[] = ['metadata.annotations', 'metadata.labels', 'spec.endpoints'];

/** Types whose targets may or may not end with a dot; NAPTR must end with one, all others must not (ExternalDNS's rule). */
const dotIsFree: ReadonlySet<string> = new Set(['CNAME', 'DNAME', 'TXT', 'MX', 'SRV']);

const recordTypes: ReadonlySet<string> = new Set<RecordType>([
  'A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'PTR', 'NS', 'NAPTR', 'DNAME', 'CAA', 'SVCB', 'HTTPS',
]); // prettier-ignore

/** The entries of a DNSEndpoint, passed through as ExternalDNS's crd source does. A bad entry is reported and drops alone. */
export function deriveDnsEndpoint(object: DnsEndpoint, options: ResolvedSourceOptions): Derivation {
  const entries = object.spec?.endpoints ?? [];
  const excluded = selectorExclusionOf(object, options);
  if (excluded !== undefined) {
    const names = declaredDnsEndpointNames(object);
    return {
      endpoints: [],
      decisions: names.length === 0 ? [] : [decision('OBJECT_EXCLUDED', refOf(object), 'object', { names, by: excluded })],
    };
  }
  const endpoints: DerivedEndpoint[] = [];
  const decisions: AnyDecision[] = [];
  for (const [index, entry] of entries.entries()) {
    const where = `spec.endpoints[${index}]`;
    const result = readEntry(entry, where, object);
    if (typeof result === 'string') decisions.push(decision('ENDPOINT_INVALID', refOf(object), where, { where, problem: result }));
    else endpoints.push(result);
  }
  return { endpoints, decisions };
}

/** All names that a DNSEndpoint asks for, good or bad. */
export function declaredDnsEndpointNames(object: DnsEndpoint): string[] {
  return [...new Set((object.spec?.endpoints ?? []).map((entry) => entry.dnsName ?? '').filter((name) => name !== ''))];
}

/** The endpoint of an entry, or what is wrong with it. */
function readEntry(entry: DnsEndpointEntry, where: string, object: DnsEndpoint): DerivedEndpoint | string {
  const name = tryNormalizeDnsName(entry.dnsName ?? '');
  if (!name.ok) return `dnsName "${entry.dnsName ?? ''}": ${name.problem}`;
  const type = entry.recordType ?? '';
  if (!isRecordType(type)) return type === '' ? 'recordType is missing' : `recordType "${type}" is not known`;
  const targets = entry.targets ?? [];
  for (const target of targets) {
    if (type === 'NAPTR' && !target.endsWith('.')) return `target "${target}" must end with a dot`;
    if (type !== 'NAPTR' && !dotIsFree.has(type) && target.endsWith('.')) return `target "${target}" must not end with a dot`;
  }
  const ttl = entry.recordTTL;
  return {
    endpoint: {
      dnsName: name.value,
      recordType: type,
      targets: [...new Set(targets)].toSorted(),
      ...(ttl === undefined || ttl <= 0 ? {} : { recordTTL: Math.min(Math.trunc(ttl), 2_147_483_647) }),
      ...(entry.setIdentifier === undefined || entry.setIdentifier === '' ? {} : { setIdentifier: entry.setIdentifier }),
      labels: { ...entry.labels, resource: resourceLabel(object) },
      providerSpecific: entry.providerSpecific ?? [],
    },
    where,
  };
}

function isRecordType(type: string): type is RecordType {
  return recordTypes.has(type);
}
