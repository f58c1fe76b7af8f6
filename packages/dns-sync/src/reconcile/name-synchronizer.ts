import { isSeamarkError, messageOf } from '@seamark/common/errors';
import type { Endpoint, RecordType } from '@seamark/common/model';
import type { DomainFilter } from '../endpoints/domain-filter.ts';
import type { Merged } from '../endpoints/merge-endpoints.ts';
import { type NamePlan, type Policy, planName } from '../plan/plan-name.ts';
import type { NameChange, OpenProvider } from '../providers/provider.ts';
import type { Ownership } from '../registry/index.ts';
import { decision } from '../sources/derivation.ts';
import type { DecisionLedger } from './decision-ledger.ts';
import type { Candidate, DesiredIndex } from './desired-index.ts';
import type { RefusedRecords } from './refused-records.ts';
import { objectsBehind, publishedBy, removalDecisions, standingDecisions } from './name-decisions.ts';

/** What happened to a name; `published` has all records of ours under it, in whichever way they came to be. */
export interface NameResult {
  readonly name: string;
  readonly published: readonly Endpoint[];
  readonly created: readonly Endpoint[];
  readonly updated: readonly Endpoint[];
  readonly removed: readonly Endpoint[];
  /** False when the store already was as wanted. */
  readonly written: boolean;
}

/** Options of {@link createNameSynchronizer}. */
export interface NameSynchronizerOptions {
  readonly desired: DesiredIndex;
  /** What is wanted and cannot be published as it is: nothing that stands there is deleted. */
  readonly refused: RefusedRecords;
  readonly provider: OpenProvider;
  readonly ownership: Ownership;
  readonly policy: Policy;
  readonly domainFilter: DomainFilter;
  readonly managedRecordTypes: ReadonlySet<RecordType>;
  readonly ledger: DecisionLedger;
  readonly onConflict: () => void;
  readonly onResult: (result: NameResult) => void;
}

/** Brings single names to what the sources ask for. */
export interface NameSynchronizer {
  /** Plans the name on the present state and carries the plan out; throws when the store fails. */
  sync(name: string, signal: AbortSignal): Promise<void>;
  /** Tells the objects behind a name that it could not be written. */
  reportFailure(name: string, error: unknown): void;
}

/** Conflicts in a row after which a name waits (the work queue's backoff) instead of trying at once. */
const maxConflicts = 8;

/** Creates a {@link NameSynchronizer}. */
export function createNameSynchronizer(options: NameSynchronizerOptions): NameSynchronizer {
  const { desired, provider, ownership, policy, ledger } = options;

  const planOf = (name: string, merged: readonly Merged<Candidate>[]): NamePlan => {
    const plan = planName({
      current: provider.current(name).filter((endpoint) => options.managedRecordTypes.has(endpoint.recordType)),
      desired: merged.map((each) => each.endpoint),
      policy,
      ownerId: ownership.ownerId,
    });
    return { ...plan, delete: plan.delete.filter((endpoint) => !options.refused.has(name, endpoint.recordType)) };
  };

  const settle = (name: string, plan: NamePlan, merged: readonly Merged<Candidate>[], written: boolean): void => {
    for (const removal of written ? removalDecisions(plan, merged) : []) ledger.mention(removal);
    ledger.replace(`name:${name}`, standingDecisions(plan, merged, policy, ownership.ownerId));
    options.onResult({
      name,
      published: publishedBy(plan),
      created: plan.create,
      updated: plan.update.map((update) => update.new),
      removed: plan.delete,
      written,
    });
  };

  return {
    async sync(name, signal) {
      if (!options.domainFilter.matches(name)) return;
      for (let attempt = 0; attempt < maxConflicts; attempt++) {
        const merged = desired.mergedAt(name);
        const plan = planOf(name, merged);
        // Plan and write read the same state: nothing may be awaited between them.
        const outcome = await provider.apply(changeOf(name, plan, policy), signal);
        if (outcome.outcome === 'conflict') {
          options.onConflict();
          continue;
        }
        if (outcome.outcome === 'blocked') {
          const { owner, resource, recordType } = outcome;
          const blocked = publishedBy(plan).flatMap((endpoint) =>
            objectsBehind(endpoint, merged).map((object) =>
              decision('RECORD_OWNED_BY_ANOTHER', object, `name:${name}/${endpoint.recordType}`, {
                name,
                type: recordType,
                owner,
                resource,
                ours: ownership.ownerId,
              }),
            ),
          );
          ledger.replace(`name:${name}`, blocked);
          return;
        }
        settle(name, plan, merged, outcome.outcome === 'applied');
        return;
      }
      throw new Error(`${name} was changed by somebody else ${maxConflicts} times while it was being written`);
    },
    reportFailure(name, error) {
      const merged = desired.mergedAt(name);
      const problem = isSeamarkError(error) ? `${error.message} [${error.code}]` : messageOf(error);
      const objects = merged.flatMap((each) => objectsBehind(each.endpoint, merged));
      ledger.add(
        `name:${name}`,
        objects.map((object) => decision('WRITE_FAILED', object, `write:${name}`, { name, problem })),
      );
    },
  };
}

function changeOf(name: string, plan: NamePlan, policy: Policy): NameChange {
  // Rewriting a record that is as wanted (its layout, its label) is a change, too, which create-only forbids.
  const kept = policy === 'create-only' ? [] : plan.keep.map((keep) => keep.new);
  return {
    name,
    upsert: [...plan.create, ...plan.update.map((update) => update.new), ...kept],
    remove: plan.delete,
    removeStaleOwnership: policy === 'sync',
  };
}
