import { type Endpoint, tryNormalizeDnsName } from '@seamark/common/model';
import { type DomainFilter, createDomainFilter } from '../endpoints/domain-filter.ts';
import { type Policy, type Withheld, planName } from './plan-name.ts';

/** Record types that are looked at when nothing else is asked for; ExternalDNS's default. */
export const defaultManagedRecordTypes: readonly string[] = ['A', 'AAAA', 'CNAME'];

/** The whole state at once, for callers that have no events: tests, providers without a live mirror. */
export interface PlanInput {
  readonly current: readonly Endpoint[];
  readonly desired: readonly Endpoint[];
  readonly policy: Policy;
  readonly ownerId: string;
  /** Default A, AAAA, CNAME. */
  readonly managedRecordTypes?: readonly string[];
  readonly excludeRecordTypes?: readonly string[];
  readonly domainFilter?: DomainFilter;
}

/** All changes, as ExternalDNS's plan lists them; `updateOld[i]` belongs to `updateNew[i]`. */
export interface Plan {
  readonly create: readonly Endpoint[];
  readonly updateOld: readonly Endpoint[];
  readonly updateNew: readonly Endpoint[];
  readonly delete: readonly Endpoint[];
  readonly withheld: readonly Withheld[];
}

/** Plans every name; the sum of {@link planName} over the names of either side that pass the filters. Pure. */
export function calculatePlan(input: PlanInput): Plan {
  const managed = new Set(input.managedRecordTypes ?? defaultManagedRecordTypes);
  for (const type of input.excludeRecordTypes ?? []) managed.delete(type);
  const filter = input.domainFilter ?? createDomainFilter();
  const names = new Map<string, { current: Endpoint[]; desired: Endpoint[] }>();
  const file = (endpoints: readonly Endpoint[], side: 'current' | 'desired'): void => {
    for (const endpoint of endpoints) {
      const name = tryNormalizeDnsName(endpoint.dnsName);
      if (!name.ok || !managed.has(endpoint.recordType) || !filter.matches(name.value)) continue;
      let entry = names.get(name.value);
      if (entry === undefined) names.set(name.value, (entry = { current: [], desired: [] }));
      entry[side].push(endpoint);
    }
  };
  file(input.current, 'current');
  file(input.desired, 'desired');

  const plans = [...names.values()].map(({ current, desired }) =>
    planName({ current, desired, policy: input.policy, ownerId: input.ownerId }),
  );
  return {
    create: plans.flatMap((plan) => plan.create),
    updateOld: plans.flatMap((plan) => plan.update.map((update) => update.old)),
    updateNew: plans.flatMap((plan) => plan.update.map((update) => update.new)),
    delete: plans.flatMap((plan) => plan.delete),
    withheld: plans.flatMap((plan) => plan.withheld),
  };
}
