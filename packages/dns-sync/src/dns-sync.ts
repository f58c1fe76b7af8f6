import { type Component, type WorkQueue, createWorkQueue, systemClock } from '@seamark/common/controller';
import { isSeamarkError, messageOf, SeamarkError } from '@seamark/common/errors';
import type { Endpoint, RecordType } from '@seamark/common/model';
import { normalizeSkydnsPrefix } from '@seamark/kv-store-client/skydns';
import type { DnsSyncOptions } from './dns-sync-options.ts';
import { createDomainFilter } from './endpoints/domain-filter.ts';
import { defaultManagedRecordTypes } from './plan/calculate-plan.ts';
import { planName, policies } from './plan/plan-name.ts';
import type { OpenProvider } from './providers/provider.ts';
import { type AdmissionRules, admit } from './reconcile/admission.ts';
import { DecisionLedger } from './reconcile/decision-ledger.ts';
import { DesiredIndex } from './reconcile/desired-index.ts';
import { type NameResult, createNameSynchronizer } from './reconcile/name-synchronizer.ts';
import { RefusedRecords } from './reconcile/refused-records.ts';
import { PublishedRecords, type RecordEvent } from './reconcile/published-records.ts';
import { createRecordMetrics } from './reconcile/record-metrics.ts';
import { createTxtOwnership, noOwnership, ownableTypes } from './registry/index.ts';
import { resolveSourceOptions, sourceNames } from './sources/source-options.ts';
import { type SourceChange, watchSources } from './sources/watch-sources.ts';

/** The component that keeps records true to objects. */
export interface DnsSync extends Component {
  /**
   * Resolves when every change that has arrived so far stands in the store (or is waiting for nothing but another change). Pending
   * until sources and store are synced and this process leads.
   */
  idle(): Promise<void>;
  /** What the sources ask for, after filters and conflicts between objects, whether it is written yet or not. */
  desired(): Iterable<Endpoint>;
  /** Records of ours in the store, as of the last plan of each name. */
  published(): Iterable<Endpoint>;
  /** Tells every record that is published now, then each that is published, changed or removed. */
  subscribe(listener: (event: RecordEvent) => void): Disposable;
  /** What is being waited for; undefined = ready. For /readyz. */
  notReady(): string | undefined;
}

/**
 * Creates dns-sync. Views are declared here, so call it before the cluster is started. Throws SM_CONFIG_INVALID.
 *
 * `start` resolves when all sources and the store are synced, and rejects when it is aborted before that. Nothing is planned
 * earlier, so nothing is ever deleted on partial knowledge.
 */
export function createDnsSync(options: DnsSyncOptions): DnsSync {
  const { logger } = options;
  const clock = options.clock ?? systemClock;
  const policy = options.policy ?? 'sync';
  if (!policies.includes(policy))
    throw new SeamarkError('SM_CONFIG_INVALID', `policy "${policy}" does not exist: allowed are ${policies.join(', ')}`);
  const sources = options.sources ?? sourceNames;
  for (const source of sources) {
    if (!sourceNames.includes(source))
      throw new SeamarkError('SM_CONFIG_INVALID', `source "${source}" is not part of this version: allowed are ${sourceNames.join(', ')}`);
  }
  const managedRecordTypes = checkedTypes(options.managedRecordTypes ?? defaultManagedRecordTypes);
  const domainFilter = createDomainFilter(options);
  const ownership =
    options.registry === 'noop'
      ? noOwnership
      : createTxtOwnership({
          ownerId: options.txtOwnerId ?? 'default',
          prefix: options.txtPrefix ?? '',
          suffix: options.txtSuffix ?? '',
          wildcardReplacement: options.txtWildcardReplacement ?? '',
        });
  const watched = watchSources({
    cluster: options.cluster,
    sources,
    options: resolveSourceOptions(options),
    namespaces: options.namespaces ?? [],
    observeUnused: options.observeUnusedSources ?? true,
    logger,
  });

  const desired = new DesiredIndex();
  const refusedRecords = new RefusedRecords();
  const ledger = new DecisionLedger(options.reasons, { clock, waitingGraceMs: options.waitingGraceMs ?? 2_000 });
  const published = new PublishedRecords();
  /** When each name that is not yet in the store was first asked for, by the monotonic clock. */
  const changedAtMs = new Map<string, number>();
  /** Names that could not be written at the last try, and the error's code. */
  const failed = new Map<string, string>();
  let provider: OpenProvider | undefined;
  let queue: WorkQueue<string> | undefined;
  let halt: AbortController | undefined;
  let running: Promise<void> | undefined;
  let leading = Promise.withResolvers<WorkQueue<string>>();

  const metrics = createRecordMetrics(options.metrics, {
    desired,
    published,
    storedKeys: () => provider?.size ?? 0,
    queueLength: () => queue?.size ?? 0,
    failures: () => (queue === undefined ? [] : failed.values()),
    connected: () => provider !== undefined && provider.problem() === undefined,
  });

  const onResult = (result: NameResult): void => {
    failed.delete(result.name);
    const sinceMs = changedAtMs.get(result.name);
    changedAtMs.delete(result.name);
    metrics.onResult(result, sinceMs === undefined ? undefined : (clock.monotonicMs() - sinceMs) / 1000);
    published.replace(result.name, result.published);
  };

  const onSourceChange = (change: SourceChange, rules: AdmissionRules): void => {
    const { candidates, decisions, refused } = admit(change, rules);
    ledger.replace(`object:${change.key}`, decisions);
    const now = clock.monotonicMs();
    const touched = [...desired.replace(change.key, candidates), ...refusedRecords.replace(change.key, refused)];
    for (const name of touched) {
      if (!changedAtMs.has(name)) changedAtMs.set(name, now);
      queue?.add(name);
    }
  };

  const addEveryName = (names: WorkQueue<string>, opened: OpenProvider): void => {
    for (const name of desired.names()) names.add(name);
    for (const name of opened.ownedNames()) names.add(name);
  };

  /** One term of leadership: every name that is wanted or ours is planned once, then each as it changes. */
  const lead = async (opened: OpenProvider, signal: AbortSignal): Promise<void> => {
    if (!(await settledUnlessAborted(Promise.all([watched.synced, opened.synced]), signal))) return;
    const synchronizer = createNameSynchronizer({
      desired,
      refused: refusedRecords,
      provider: opened,
      ownership,
      policy,
      domainFilter,
      managedRecordTypes,
      ledger,
      onConflict: () => metrics.onConflict(),
      onResult,
    });
    const names = createWorkQueue<string>({
      process: (name, stop) => synchronizer.sync(name, stop),
      concurrency: options.provider.capabilities.maxNamesInFlight,
      clock,
      onError(name, error, attempt, retryInMs) {
        failed.set(name, isSeamarkError(error) ? error.code : 'unknown');
        metrics.onFailure();
        synchronizer.reportFailure(name, error);
        logger.debug(`${name} could not be written: ${messageOf(error)}`, { attempt, retryInMs });
      },
    });
    queue = names;
    addEveryName(names, opened);
    leading.resolve(names);
    try {
      await names.run(signal);
    } finally {
      queue = undefined;
      leading = Promise.withResolvers();
    }
  };

  return {
    name: 'dns-sync',
    async start(signal) {
      halt = new AbortController();
      const stop = AbortSignal.any([signal, halt.signal]);
      const opened = options.provider.open({ ownership, logger, clock, signal: stop });
      provider = opened;
      opened.subscribe({
        onChanged(name) {
          metrics.onDrift();
          queue?.add(name);
        },
        onReset() {
          if (queue !== undefined) addEveryName(queue, opened);
        },
        onRecovered() {
          for (const name of failed.keys()) queue?.add(name);
        },
      });
      const rules: AdmissionRules = {
        domainFilter,
        managedRecordTypes,
        ownership,
        provider: opened,
        minTtlSeconds: options.minTtlSeconds,
        writePrefix: options.provider.prefix,
        servedZones:
          options.servedZones === undefined
            ? undefined
            : { ...options.servedZones, prefix: normalizeSkydnsPrefix(options.servedZones.prefix) },
      };
      const subscription = watched.subscribe((change) => onSourceChange(change, rules));
      running = options.leaderElection
        .run((leadership) => lead(opened, AbortSignal.any([leadership.signal, stop])), stop)
        .catch((error: unknown) => logger.error('dns-sync ended', { err: error }))
        .finally(() => subscription[Symbol.dispose]());
      if (!(await settledUnlessAborted(Promise.all([watched.synced, opened.synced]), stop))) {
        throw new SeamarkError('SM_START_FAILED', `dns-sync was stopped while it waited: ${this.notReady() ?? 'nothing'}`);
      }
    },
    async stop() {
      halt?.abort();
      await running;
    },
    async idle() {
      const names = await leading.promise;
      await names.idle();
    },
    *desired() {
      for (const name of desired.names()) {
        const wanted = desired.mergedAt(name).map((each) => each.endpoint);
        const { withheld } = planName({ current: provider?.current(name) ?? [], desired: wanted, policy: 'sync', ownerId: '' });
        for (const endpoint of wanted) if (!withheld.some((each) => each.endpoint === endpoint)) yield endpoint;
      }
    },
    published: () => published.list(),
    subscribe: (listener) => published.subscribe(listener),
    notReady() {
      const waiting = watched.unsynced();
      if (waiting.length > 0) return `sources not synced: ${waiting.join(', ')}`;
      return provider === undefined ? 'not started' : provider.problem();
    },
  };
}

function checkedTypes(types: readonly string[]): ReadonlySet<RecordType> {
  const known: ReadonlySet<string> = new Set(ownableTypes);
  for (const type of types) {
    if (!known.has(type))
      throw new SeamarkError('SM_CONFIG_INVALID', `managed record type "${type}" does not exist: allowed are ${[...known].join(', ')}`);
  }
  return new Set(types as readonly RecordType[]);
}

/** True when the promise resolves before the signal aborts; a rejection counts as the end, too. */
function settledUnlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(false);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const settle = (value: boolean) => (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(value && !signal.aborted);
    };
    promise.then(settle(true), settle(false));
  });
}
