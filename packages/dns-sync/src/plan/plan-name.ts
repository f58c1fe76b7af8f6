import type { Endpoint, RecordType } from '@seamark/common/model';
import { compareCandidates, comparableTargets, needsUpdate, resourceOf } from './compare-endpoints.ts';

/** What may be changed: everything, nothing removed, or nothing but creation. */
export type Policy = 'sync' | 'upsert-only' | 'create-only';

/** All policies, for checks. */
export const policies: readonly Policy[] = ['sync', 'upsert-only', 'create-only'];

/** What {@link planName} decides about: everything present and everything wanted under one name. */
export interface NamePlanInput {
  /** Records present, with the labels `owner` and `resource` of their ownership record. */
  readonly current: readonly Endpoint[];
  /** What the sources ask for, merged within each source. */
  readonly desired: readonly Endpoint[];
  readonly policy: Policy;
  /** Records with another `owner` label are left alone; empty = no ownership, every record counts as ours. */
  readonly ownerId: string;
}

/** Why a candidate is not published, or a record not changed. */
export type Withheld =
  | { readonly why: 'cname-conflict'; readonly endpoint: Endpoint; readonly beside: readonly RecordType[] }
  | { readonly why: 'claimed-by-another-object'; readonly endpoint: Endpoint; readonly winner: Endpoint }
  | { readonly why: 'owned-by-another'; readonly endpoint: Endpoint; readonly current: Endpoint }
  | { readonly why: 'policy'; readonly endpoint: Endpoint; readonly change: 'delete' | 'update' | 'replace' };

/** The changes of one name. Lists are in the order of types. */
export interface NamePlan {
  readonly create: readonly Endpoint[];
  readonly update: readonly { readonly old: Endpoint; readonly new: Endpoint }[];
  readonly delete: readonly Endpoint[];
  /** Records of ours that are as wanted; `new` carries the labels that their ownership record should have. */
  readonly keep: readonly { readonly old: Endpoint; readonly new: Endpoint }[];
  readonly withheld: readonly Withheld[];
}

interface MutablePlan {
  create: Endpoint[];
  update: { old: Endpoint; new: Endpoint }[];
  delete: Endpoint[];
  keep: { old: Endpoint; new: Endpoint }[];
  withheld: Withheld[];
}

/**
 * Plans one name; pure, and independent of the order of its input. Each set identifier is a row of its own:
 *
 *     current      desired          becomes
 *     -            candidates       create the best one of each type
 *     records      -                delete what is ours
 *     records      candidates       per type delete, create or update; create only if every record of the row is ours
 *
 * Among several candidates for a type the one of the object that has the record now stays, else {@link compareCandidates} decides. A
 * CNAME beside another type is dropped (RFC 1034 3.6.2), and not created either while a record in its way may not be removed.
 */
export function planName(input: NamePlanInput): NamePlan {
  const plan: MutablePlan = { create: [], update: [], delete: [], keep: [], withheld: [] };
  const rows = new Set([...input.current, ...input.desired].map(setIdentifierOf));
  for (const row of [...rows].toSorted()) {
    planRow(
      {
        ...input,
        current: input.current.filter((endpoint) => setIdentifierOf(endpoint) === row),
        desired: input.desired.filter((endpoint) => setIdentifierOf(endpoint) === row),
      },
      plan,
    );
  }
  return plan;
}

function planRow(input: NamePlanInput, plan: MutablePlan): void {
  const current = byType(input.current, unite);
  const candidates = withoutConflictingCname(
    byType(input.desired, (list) => list.toSorted(compareCandidates)),
    plan,
  );
  const isOurs = (endpoint: Endpoint): boolean => input.ownerId === '' || endpoint.labels['owner'] === input.ownerId;
  const foreign = [...current.values()].find((endpoint) => !isOurs(endpoint));
  const removed = new Set<RecordType>();

  for (const [type, record] of current) {
    if (candidates.has(type) || !isOurs(record)) continue;
    if (input.policy === 'sync') {
      plan.delete.push(record);
      removed.add(type);
    } else {
      plan.withheld.push({ why: 'policy', endpoint: record, change: 'delete' });
    }
  }

  for (const [type, list] of candidates) {
    const record = current.get(type);
    const winner = winnerOf(list, record);
    if (winner === undefined) continue;
    for (const other of list) if (other !== winner) plan.withheld.push({ why: 'claimed-by-another-object', endpoint: other, winner });

    if (record === undefined) {
      const obstacle = [...current].find(([present]) => !removed.has(present) && (present === 'CNAME' || type === 'CNAME'));
      if (foreign !== undefined) plan.withheld.push({ why: 'owned-by-another', endpoint: winner, current: foreign });
      else if (obstacle !== undefined) plan.withheld.push({ why: 'policy', endpoint: winner, change: 'replace' });
      else plan.create.push(winner);
      continue;
    }
    if (!isOurs(record)) {
      plan.withheld.push({ why: 'owned-by-another', endpoint: winner, current: record });
      continue;
    }
    const inherited = { ...winner, labels: { ...winner.labels, owner: record.labels['owner'] ?? '' } };
    if (!needsUpdate(record, winner)) {
      plan.keep.push({ old: record, new: record.recordTTL === undefined ? inherited : { ...inherited, recordTTL: record.recordTTL } });
    } else if (input.policy === 'create-only') plan.withheld.push({ why: 'policy', endpoint: winner, change: 'update' });
    else plan.update.push({ old: record, new: inherited });
  }
}

/** Drops CNAME candidates when the row has candidates of another type. */
function withoutConflictingCname(candidates: Map<RecordType, Endpoint[]>, plan: MutablePlan): Map<RecordType, Endpoint[]> {
  const aliases = candidates.get('CNAME');
  if (aliases === undefined || candidates.size === 1) return candidates;
  const beside = [...candidates.keys()].filter((type) => type !== 'CNAME');
  for (const endpoint of aliases) plan.withheld.push({ why: 'cname-conflict', endpoint, beside });
  candidates.delete('CNAME');
  return candidates;
}

/** `list` is in order of preference. The object that has the record keeps it while it asks for one. */
function winnerOf(list: readonly Endpoint[], record: Endpoint | undefined): Endpoint | undefined {
  const holder = record === undefined ? '' : resourceOf(record);
  return list.find((candidate) => holder !== '' && resourceOf(candidate) === holder) ?? list[0];
}

function byType<T>(endpoints: readonly Endpoint[], combine: (list: Endpoint[]) => T): Map<RecordType, T> {
  const groups = new Map<RecordType, Endpoint[]>();
  for (const endpoint of endpoints) {
    const group = groups.get(endpoint.recordType);
    if (group === undefined) groups.set(endpoint.recordType, [endpoint]);
    else group.push(endpoint);
  }
  return new Map([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([type, list]) => [type, combine(list)]));
}

/** One record of several entries for the same name and type; a provider may report each target by itself. */
function unite(list: readonly Endpoint[]): Endpoint {
  const first = list.toSorted(compareCandidates)[0] as Endpoint;
  if (list.length === 1) return first;
  const targets = [...new Set(list.flatMap(comparableTargets))].toSorted();
  return comparableTargets(first).length === targets.length ? first : { ...first, targets };
}

function setIdentifierOf(endpoint: Endpoint): string {
  return endpoint.setIdentifier ?? '';
}
