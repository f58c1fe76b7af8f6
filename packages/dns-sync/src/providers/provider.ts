import type { Clock } from '@seamark/common/controller';
import type { Endpoint, RecordType } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';
import type { Ownership } from '../registry/ownership.ts';

/** What a provider can do; the rest of dns-sync adapts to it. */
export interface ProviderCapabilities {
  /** Types that it can hold at all; {@link OpenProvider.adjust} judges single records. */
  readonly recordTypes: ReadonlySet<RecordType>;
  /** `live`: changes by others arrive as events. `snapshot`: the state is only as fresh as the last read. */
  readonly state: 'live' | 'snapshot';
  /** Data and ownership of a name change in one step, or not at all. */
  readonly transactionalOwnership: boolean;
  /** Several record sets under one name and type, told apart by set identifiers. */
  readonly setIdentifiers: boolean;
  /** Names that may be written at the same time. */
  readonly maxNamesInFlight: number;
  readonly maxTargetsPerRecord: number;
}

/** What a provider needs of its surroundings. */
export interface ProviderContext {
  readonly ownership: Ownership;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends everything that the provider started. */
  readonly signal: AbortSignal;
}

/** A place where records are kept. `open` starts reading; nothing is written before {@link OpenProvider.apply} is called. */
export interface Provider {
  /** For people: `etcd http://… /skydns/`. */
  readonly description: string;
  readonly capabilities: ProviderCapabilities;
  /** Key prefix below which it writes, for stores that have one. */
  readonly prefix?: string;
  open(context: ProviderContext): OpenProvider;
}

/** A wanted record as the provider would hold it, or why it cannot. */
export type Adjusted = { readonly endpoint: Endpoint } | { readonly problem: string };

/** The wanted end of one name: records to be there, and records of ours to be gone. All else under the name stays untouched. */
export interface NameChange {
  readonly name: string;
  /** Created, changed, or kept: written only as far as they differ. Each carries the labels of its ownership record. */
  readonly upsert: readonly Endpoint[];
  readonly remove: readonly Endpoint[];
  /** Also remove ownership records of ours whose record does not exist. */
  readonly removeStaleOwnership: boolean;
}

/** Outcome of {@link OpenProvider.apply}. */
export type ApplyOutcome =
  /** Nothing differed; nothing was written. */
  | { readonly outcome: 'unchanged' }
  /** Written, and seen in the provider's own state. */
  | { readonly outcome: 'applied' }
  /** Somebody else changed the name meanwhile; the provider's state has caught up: plan again. */
  | { readonly outcome: 'conflict' }
  /** A place that the change needs is taken by a record that is not ours. */
  | {
      readonly outcome: 'blocked';
      readonly recordType: RecordType;
      readonly owner: string | undefined;
      readonly resource: string | undefined;
    };

/** What a provider tells by itself. */
export interface ProviderListener {
  /** Somebody else changed records of this name. */
  onChanged(name: string): void;
  /** The state was read anew because changes may have been missed: any name may differ. */
  onReset(): void;
  /** The store can be reached again after it could not: what failed meanwhile is worth another try now. */
  onRecovered(): void;
}

/** A provider at work. Reads are synchronous, from its own copy. */
export interface OpenProvider {
  /** Resolves when the state is known. Stays pending while the store cannot be reached. */
  readonly synced: Promise<void>;
  /** What keeps the state from being true now, for readiness; undefined = nothing. */
  problem(): string | undefined;
  /** Pure: brings a wanted record to the form in which it would be read back. */
  adjust(endpoint: Endpoint): Adjusted;
  /** Records under a name (canonical, one an existing type), labelled with what their ownership record says. */
  current(name: string): readonly Endpoint[];
  /** Every name that may hold something of ours, possibly with repetitions: what is planned after a start. */
  ownedNames(): Iterable<string>;
  /** Number of entries (keys, records) in its copy of the store, whosever they are. */
  readonly size: number;
  subscribe(listener: ProviderListener): Disposable;
  /**
   * Brings a name to its wanted end. The write depends on everything that {@link current} says of the name at the moment of this
   * call. Throws SM_STORE_* when the store fails; the name is then as before or as wanted, never between.
   */
  apply(change: NameChange, signal: AbortSignal): Promise<ApplyOutcome>;
}
