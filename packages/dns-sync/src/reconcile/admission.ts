import { type Endpoint, type RecordType, isSubdomainOf, tryNormalizeDnsName } from '@seamark/common/model';
import { canonicalEndpoint, endpointProblem } from '../endpoints/canonical-endpoint.ts';
import type { DomainFilter } from '../endpoints/domain-filter.ts';
import type { OpenProvider } from '../providers/provider.ts';
import type { Ownership } from '../registry/index.ts';
import { type AnyDecision, decision } from '../sources/derivation.ts';
import type { SourceChange } from '../sources/watch-sources.ts';
import type { Candidate } from './desired-index.ts';

/** The zones that the DNS server reads, and below which prefix of the store. */
export interface ServedZones {
  readonly prefix: string;
  readonly zones: readonly string[];
}

/** What decides whether a wanted endpoint becomes a candidate. */
export interface AdmissionRules {
  readonly domainFilter: DomainFilter;
  readonly managedRecordTypes: ReadonlySet<RecordType>;
  readonly ownership: Ownership;
  readonly provider: Pick<OpenProvider, 'adjust'>;
  /** TTL of endpoints that ask for none; undefined = they have none. */
  readonly minTtlSeconds: number | undefined;
  /** Where the provider writes, when it has a prefix. */
  readonly writePrefix: string | undefined;
  readonly servedZones: ServedZones | undefined;
}

/** What a derivation becomes: candidates to plan with, and a decision for everything that does not become one. */
export interface Admission {
  readonly candidates: readonly Candidate[];
  readonly decisions: readonly AnyDecision[];
  /** `name/type` of what is wanted and cannot be published as it is; see RefusedRecords. */
  readonly refused: ReadonlySet<string>;
}

/** Filters and validates what an object asks for; pure. One bad endpoint leaves the others in. */
export function admit(
  { source, object, derivation }: Pick<SourceChange, 'source' | 'object' | 'derivation'>,
  rules: AdmissionRules,
): Admission {
  const candidates: Candidate[] = [];
  const refused = new Set<string>();
  const decisions: AnyDecision[] = [...derivation.decisions];
  for (const { endpoint, where } of derivation.endpoints) {
    const name = endpoint.dnsName;
    const type = endpoint.recordType;
    const refuse = (refused: AnyDecision): void => void decisions.push(refused);
    // Not the topic of the record: another entry of the object may publish the same name and type.
    const topic = `refused:${name}/${type}`;
    if (!rules.domainFilter.matches(name)) {
      refuse(
        decision('NAME_OUTSIDE_DOMAIN_FILTER', object, `name:${name}`, {
          name,
          filters: rules.domainFilter.description,
          advice: rules.domainFilter.advice(name),
        }),
      );
      continue;
    }
    if (!rules.managedRecordTypes.has(type)) {
      refuse(decision('RECORD_TYPE_NOT_MANAGED', object, topic, { name, type, managed: [...rules.managedRecordTypes] }));
      continue;
    }
    const canonical = canonicalEndpoint(withTtl(endpoint, rules.minTtlSeconds));
    const problem = endpointProblem(canonical) ?? ownershipProblem(canonical, rules.ownership);
    if (problem !== undefined) {
      refused.add(`${name}/${type}`);
      refuse(decision('ENDPOINT_INVALID', object, topic, { where: where.startsWith('spec.') ? where : `${name} ${type}`, problem }));
      continue;
    }
    const adjusted = rules.provider.adjust(canonical);
    if ('problem' in adjusted) {
      refused.add(`${name}/${type}`);
      refuse(decision('UNSUPPORTED_BY_STORE', object, topic, { name, type, problem: adjusted.problem }));
      continue;
    }
    const mismatch = prefixMismatch(name, rules);
    if (mismatch !== undefined) decisions.push(decision('PREFIX_MISMATCH', object, `prefix:${name}`, { name, ...mismatch }));
    candidates.push({ source, object, endpoint: adjusted.endpoint });
  }
  // A record that is also wanted in a good way is no longer held back.
  for (const { endpoint } of candidates) refused.delete(`${endpoint.dnsName}/${endpoint.recordType}`);
  return { candidates, decisions, refused };
}

function withTtl(endpoint: Endpoint, minTtlSeconds: number | undefined): Endpoint {
  return endpoint.recordTTL === undefined && minTtlSeconds !== undefined && minTtlSeconds > 0
    ? { ...endpoint, recordTTL: minTtlSeconds }
    : endpoint;
}

function ownershipProblem(endpoint: Endpoint, ownership: Ownership): string | undefined {
  if (ownership.kind === 'none') return undefined;
  const record = ownership.recordOf(endpoint);
  return record.ok ? undefined : record.problem;
}

function prefixMismatch(
  name: string,
  { servedZones, writePrefix }: AdmissionRules,
): { zone: string; writePrefix: string; readPrefix: string } | undefined {
  if (servedZones === undefined || writePrefix === undefined || servedZones.prefix === writePrefix) return undefined;
  for (const text of servedZones.zones) {
    const zone = tryNormalizeDnsName(text);
    if (zone.ok && isSubdomainOf(name, zone.value)) return { zone: zone.value, writePrefix, readPrefix: servedZones.prefix };
  }
  return undefined;
}
