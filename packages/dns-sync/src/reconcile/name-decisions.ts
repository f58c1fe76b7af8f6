import { type Endpoint, type ObjectRef, objectRefKey } from '@seamark/common/model';
import type { Merged } from '../endpoints/merge-endpoints.ts';
import type { NamePlan, Policy, Withheld } from '../plan/plan-name.ts';
import { type AnyDecision, decision, refOfResourceLabel } from '../sources/derivation.ts';
import type { Candidate } from './desired-index.ts';

/** The objects that take part in a record: those whose endpoints were merged into it, else the one that its label names. */
export function objectsBehind(endpoint: Endpoint, merged: readonly Merged<Candidate>[]): readonly ObjectRef[] {
  const resource = endpoint.labels['resource'];
  const source =
    merged.find((each) => each.endpoint === endpoint) ??
    merged.find((each) => isSameRecord(each.endpoint, endpoint) && each.endpoint.labels['resource'] === resource);
  if (source !== undefined) return unique(source.from.map((candidate) => candidate.object));
  return [refOfResourceLabel(resource) ?? { kind: 'Record', name: endpoint.dnsName }];
}

function isSameRecord(a: Endpoint, b: Endpoint): boolean {
  return a.recordType === b.recordType && a.setIdentifier === b.setIdentifier && a.targets.join(' ') === b.targets.join(' ');
}

function unique(objects: readonly ObjectRef[]): ObjectRef[] {
  return [...new Map(objects.map((object) => [objectRefKey(object), object])).values()];
}

/** What holds after a plan has been carried out: records published, candidates withheld. */
export function standingDecisions(plan: NamePlan, merged: readonly Merged<Candidate>[], policy: Policy, ownerId: string): AnyDecision[] {
  const decisions: AnyDecision[] = [];
  const kept = new Set(plan.keep.map((keep) => keep.new));
  for (const endpoint of publishedBy(plan)) {
    const { dnsName: name, recordType: type, targets, recordTTL: ttlSeconds } = endpoint;
    for (const object of objectsBehind(endpoint, merged))
      decisions.push({
        ...decision('RECORD_PUBLISHED', object, `name:${name}/${type}`, { name, type, targets, ttlSeconds }),
        unchanged: kept.has(endpoint),
      });
  }
  for (const withheld of plan.withheld) {
    for (const object of objectsBehind(withheld.endpoint, merged)) decisions.push(withheldDecision(withheld, object, policy, ownerId));
  }
  return decisions;
}

/** The records of ours that are there once the plan is carried out. */
export function publishedBy(plan: NamePlan): Endpoint[] {
  return [...plan.create, ...plan.update.map((update) => update.new), ...plan.keep.map((keep) => keep.new)];
}

function withheldDecision(withheld: Withheld, object: ObjectRef, policy: Policy, ours: string): AnyDecision {
  const { dnsName: name, recordType: type } = withheld.endpoint;
  const topic = `name:${name}/${type}`;
  switch (withheld.why) {
    case 'cname-conflict':
      return decision('CNAME_CONFLICT', object, topic, { name, kept: withheld.beside.join(', ') });
    case 'claimed-by-another-object':
      return decision('NAME_CLAIMED_TWICE', object, topic, { name, type, winner: withheld.winner.labels['resource'] ?? 'another object' });
    case 'owned-by-another': {
      const { owner, resource } = withheld.current.labels;
      return decision('RECORD_OWNED_BY_ANOTHER', object, topic, { name, type: withheld.current.recordType, owner, resource, ours });
    }
    case 'policy':
    default:
      return decision('RECORD_KEPT_BY_POLICY', object, topic, { name, type, policy, change: withheld.change });
  }
}

/** RECORD_REMOVED for every deleted record, for those who listen; it does not stand. */
export function removalDecisions(plan: NamePlan, merged: readonly Merged<Candidate>[]): AnyDecision[] {
  return plan.delete.map((endpoint) => {
    const { dnsName: name, recordType: type } = endpoint;
    const object = refOfResourceLabel(endpoint.labels['resource']) ?? { kind: 'Record', name };
    const why = merged.length === 0 ? 'nothing asks for the name any more' : 'the name is wanted with other record types';
    return decision('RECORD_REMOVED', object, `removed:${name}/${type}`, { name, types: [type], why });
  });
}
