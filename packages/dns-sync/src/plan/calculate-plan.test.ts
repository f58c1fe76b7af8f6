import { readFileSync } from 'node:fs';
import type { Endpoint, RecordType } from '@seamark/common/model';
import { describe, expect, test } from 'vitest';
import { createDomainFilter } from '../endpoints/domain-filter.ts';
import { calculatePlan } from './calculate-plan.ts';
import type { Policy } from './plan-name.ts';

interface RecordedEndpoint {
  readonly dnsName: string;
  readonly recordType: RecordType;
  readonly targets: readonly string[];
  readonly ttl: number | null;
  readonly setIdentifier: string;
  readonly labels?: Record<string, string>;
  readonly providerSpecific?: Endpoint['providerSpecific'];
}

interface Case {
  readonly id: string;
  readonly source: string;
  readonly current: RecordedEndpoint[];
  readonly desired: RecordedEndpoint[];
  readonly policy: Policy;
  readonly ownerId: string;
  readonly managedRecordTypes: string[];
  readonly excludeRecordTypes?: string[];
  readonly domainFilter: { include?: string[]; exclude?: string[]; regexInclude?: string; regexExclude?: string } | null;
  readonly expect: Record<'create' | 'updateOld' | 'updateNew' | 'delete', RecordedEndpoint[]>;
}

const cases = JSON.parse(readFileSync(new URL('fixtures/plan.json', import.meta.url), 'utf8')) as Case[];

function endpointOf(recorded: RecordedEndpoint): Endpoint {
  return {
    dnsName: recorded.dnsName,
    recordType: recorded.recordType,
    targets: recorded.targets,
    ...(recorded.ttl === null ? {} : { recordTTL: recorded.ttl }),
    ...(recorded.setIdentifier === '' ? {} : { setIdentifier: recorded.setIdentifier }),
    labels: recorded.labels ?? {},
    providerSpecific: recorded.providerSpecific ?? [],
  };
}

/** Order-free text of an endpoint; an absent owner label is the empty one. */
function textOf(endpoint: Endpoint): string {
  const { owner = '', resource = '' } = endpoint.labels as { owner?: string; resource?: string };
  return JSON.stringify([
    endpoint.dnsName, endpoint.recordType, endpoint.targets.toSorted(), endpoint.recordTTL ?? null, endpoint.setIdentifier ?? '', owner, resource,
    endpoint.providerSpecific.map(({ name, value }) => `${name}=${value}`).toSorted(),
  ]); // prettier-ignore
}

describe('the plan of ExternalDNS’s recorded cases', () => {
  test.each(cases.map((recorded) => [recorded.id, recorded.source.split(' :: ').slice(1).join(': '), recorded] as const))(
    '%s %s',
    (_id, _source, recorded) => {
      const filter = recorded.domainFilter;
      const plan = calculatePlan({
        current: recorded.current.map(endpointOf),
        desired: recorded.desired.map(endpointOf),
        policy: recorded.policy,
        ownerId: recorded.ownerId,
        managedRecordTypes: recorded.managedRecordTypes,
        excludeRecordTypes: recorded.excludeRecordTypes ?? [],
        domainFilter: createDomainFilter({
          domainFilters: filter?.include ?? [],
          excludeDomains: filter?.exclude ?? [],
          regexDomainFilter: filter?.regexInclude ?? '',
          regexDomainExclusion: filter?.regexExclude ?? '',
        }),
      });
      for (const list of ['create', 'updateOld', 'updateNew', 'delete'] as const) {
        expect(plan[list].map(textOf).toSorted(), list).toEqual(recorded.expect[list].map((each) => textOf(endpointOf(each))).toSorted());
      }
    },
  );
});
