import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '../../controller/clock.ts';
import { messageOf, SeamarkError } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/index.ts';
import type { Logger } from '../../observability/logger.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import type { ReasonStream } from '../../reasons/index.ts';
import type { ApplyOptions, Cluster, ClusterEvent, StatusPatch, WriteOptions } from '../cluster.ts';
import type { ObjectKey } from '../object-key.ts';
import type { Kind, ObjectOf } from '../kind.ts';
import type { ObjectView, ViewScope } from '../object-view.ts';
import { ViewRegistry } from '../view-registry.ts';
import type { ViewStore } from '../view-store.ts';
import { ClusterIpAllocator, defaultServiceRanges, type ServiceRanges } from './cluster-ip-allocator.ts';
import { DeclaredObjects, defaultGracePeriods, type GracePeriods } from './declared-objects.ts';
import { FileTree } from './file-tree.ts';
import { kindOfPath } from './manifest-path.ts';
import { ObjectStore } from './object-store.ts';
import { identityOfKey, ObjectWrites } from './object-writes.ts';
import { type RecordedEvent, RecordedEvents } from './recorded-events.ts';
import { type KindId, kindIdOf } from './served-kind.ts';
import { createMemoryState, openStateFile, type StateFile } from './state-file.ts';
import { readAllOf } from './stdin-manifests.ts';

/** Options of {@link createManifestsCluster}. */
export interface ManifestsClusterOptions {
  /** Folders (read with all folders below), files, or `-` for standard input, which is read to its end. */
  readonly paths: readonly string[];
  /** Where decisions about files, documents and objects go. */
  readonly reasons: ReasonStream;
  /** Where state is kept: the path of a durable log, or a state of your own. Default: in memory, gone with the process. */
  readonly state?: string | StateFile | undefined;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default random UUIDs. */
  readonly newUid?: () => string;
  /** Where clusterIPs come from. */
  readonly serviceRanges?: ServiceRanges;
  /** From the first event of a file to its reading. Default 5. */
  readonly debounceMs?: number;
  /** How long objects outlive what declared them. */
  readonly grace?: Partial<GracePeriods>;
  /** What `-` reads. Default process.stdin. */
  readonly standardInput?: Readable;
  /** Told of each exception of a listener or index function, besides the log. */
  readonly onListenerError?: (kind: Kind, error: unknown) => void;
}

/** A {@link Cluster} over manifests, with what only this driver has. */
export interface ManifestsCluster extends Cluster {
  readonly driver: 'manifests';
  /** The Events recorded in this process: equal ones counted, at most 1000, the most recent last. */
  events(): readonly RecordedEvent[];
  /** Calls back with each Event as it is recorded or counted up. */
  subscribeEvents(listener: (event: RecordedEvent) => void): Disposable;
  /** Resolves when a started cluster has stopped and its state is on disk and closed. */
  readonly stopped: Promise<void>;
}

/**
 * Creates the driver over a folder of manifests. It plays the API server: assigns uid, resourceVersion, generation and clusterIPs, keeps
 * status and annotations of components beside the files, and never writes into them.
 *
 * `start` throws SM_MANIFESTS_NOT_FOUND when a path does not exist, and SM_STORE_* when the state cannot be opened. A bad document is
 * reported as DOCUMENT_UNREADABLE and harms no other.
 */
export function createManifestsCluster(options: ManifestsClusterOptions): ManifestsCluster {
  return new FolderCluster(options);
}

/** Everything that exists between start and stop. */
interface Running {
  readonly state: StateFile;
  readonly declared: DeclaredObjects;
  readonly store: ObjectStore;
  readonly writes: ObjectWrites;
  readonly trees: FileTree[];
  readonly inputs: Map<string, Buffer>;
}

/**
 * - `idle`: views are declared
 * - `running`: files are read and followed
 * - `stopped`: for good
 */
type Phase = { readonly phase: 'idle' } | { readonly phase: 'running'; readonly running: Running } | { readonly phase: 'stopped' };

class FolderCluster implements ManifestsCluster {
  readonly driver = 'manifests';
  readonly stopped: Promise<void>;
  readonly #options: ManifestsClusterOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #registry: ViewRegistry;
  readonly #events: RecordedEvents;
  readonly #viewed = new Map<KindId, Kind>();
  readonly #storesOf = new Map<KindId, ViewStore[]>();
  readonly #activations = new Map<KindId, Promise<void>>();
  readonly #loaded = Promise.withResolvers<Running>();
  readonly #end = Promise.withResolvers<void>();
  #isLoaded = false;
  #phase: Phase = { phase: 'idle' };

  constructor(options: ManifestsClusterOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#events = new RecordedEvents(this.#clock);
    this.stopped = this.#end.promise;
    // Whoever waits sees the rejection; nobody has to wait.
    this.#loaded.promise.catch(() => undefined);
    this.#registry = new ViewRegistry({
      onListenerError: (kind, error) => {
        this.#logger.error(`a listener of the view of ${kind.plural} threw: ${messageOf(error)}`, { err: error });
        options.onListenerError?.(kind, error);
      },
    });
  }

  view<K extends Kind>(kind: K, scope?: ViewScope<ObjectOf<K>>): ObjectView<ObjectOf<K>> {
    const { view, created } = this.#registry.view<KubernetesObject>(kind, scope as ViewScope | undefined);
    if (created !== undefined) {
      const id = kindIdOf(kind);
      this.#storesOf.set(id, [...(this.#storesOf.get(id) ?? []), created]);
      if (this.#phase.phase === 'idle') this.#viewed.set(id, kind);
      else if (this.#phase.phase === 'running') void this.#fillLate(kind, created, this.#phase.running);
      else created.state = { phase: 'stopped' };
    }
    return view as unknown as ObjectView<ObjectOf<K>>;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#phase.phase !== 'idle') throw new Error('a cluster is started once');
    for (const path of this.#options.paths) {
      if (path !== '-' && kindOfPath(path) === 'nothing')
        throw new SeamarkError('SM_MANIFESTS_NOT_FOUND', `${path} is neither a folder nor a file that can be read`);
    }
    const state = await this.#openState();
    if (signal.aborted) {
      this.#phase = { phase: 'stopped' };
      await state.close();
      this.#end.resolve();
      return;
    }
    this.#registry.seal();
    const running = this.#createRunning(state);
    this.#phase = { phase: 'running', running };
    for (const store of this.#registry.stores) store.state = { phase: 'listing' };
    signal.addEventListener('abort', () => void this.#stop(running), { once: true });
    this.#load(running, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#logger.error(`manifests could not be read: ${messageOf(error)}`, { err: error });
    });
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, options?: WriteOptions): Promise<ObjectOf<K> | undefined> {
    const { store } = await this.#ready(kind, options);
    return store.shown(identityOfKey(kind, key).id) as ObjectOf<K> | undefined;
  }

  async create<K extends Kind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>> {
    const { writes } = await this.#ready(kind, options);
    return (await writes.create(kind, object)) as ObjectOf<K>;
  }

  async replace<K extends Kind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>> {
    const { writes } = await this.#ready(kind, options);
    return (await writes.replace(kind, object)) as ObjectOf<K>;
  }

  async apply<K extends Kind>(kind: K, object: KubernetesObject, options: ApplyOptions): Promise<ObjectOf<K>> {
    const { writes } = await this.#ready(kind, options);
    return (await writes.apply(kind, object, options)) as ObjectOf<K>;
  }

  async patchStatus<K extends Kind>(kind: K, key: ObjectKey, patch: StatusPatch, options?: WriteOptions): Promise<ObjectOf<K>> {
    const { writes } = await this.#ready(kind, options);
    return (await writes.patchStatus(kind, key, patch)) as ObjectOf<K>;
  }

  async delete(kind: Kind, key: ObjectKey, options?: WriteOptions): Promise<void> {
    const { writes } = await this.#ready(kind, options);
    await writes.delete(kind, key);
  }

  recordEvent(event: ClusterEvent): void {
    this.#events.record(event);
  }

  flushEvents(): Promise<void> {
    return Promise.resolve();
  }

  events(): readonly RecordedEvent[] {
    return this.#events.list();
  }

  subscribeEvents(listener: (event: RecordedEvent) => void): Disposable {
    return this.#events.subscribe(listener);
  }

  #openState(): Promise<StateFile> {
    const { state } = this.#options;
    if (state === undefined) return Promise.resolve(createMemoryState());
    return typeof state === 'string' ? openStateFile(state) : Promise.resolve(state);
  }

  #createRunning(state: StateFile): Running {
    const { reasons } = this.#options;
    const beganMs = this.#clock.wallMs();
    const store = new ObjectStore({
      state,
      reasons,
      // What is there at the start is of one age, however long reading takes: the older of two Services gets its address first.
      createdAtMs: () => (this.#isLoaded ? this.#clock.wallMs() : beganMs),
      allocator: new ClusterIpAllocator(this.#options.serviceRanges ?? defaultServiceRanges),
      newUid: this.#options.newUid ?? randomUUID,
      onShown: (entry, object) => {
        for (const view of this.#storesOf.get(entry.kindId) ?? []) {
          if (object === undefined) view.remove(entry.key);
          else view.put(object);
        }
      },
      onStateError: (error) => this.#logger.error(`state of manifests could not be stored: ${messageOf(error)}`, { err: error }),
    });
    // At first as if: what the first complete reading does not declare has vanished.
    let wasPartial = true;
    const forget = (): void => {
      const isPartial = declared.isPartial;
      if (wasPartial && !isPartial) this.#forgetVanished(running);
      wasPartial = isPartial;
    };
    const declared = new DeclaredObjects({
      viewed: this.#viewed,
      reasons,
      clock: this.#clock,
      grace: { ...defaultGracePeriods, ...this.#options.grace },
      onChanges: (changes) => store.declare(changes),
    });
    const trees = this.#options.paths
      .filter((path) => path !== '-')
      .map(
        (path) =>
          new FileTree({
            path,
            clock: this.#clock,
            debounceMs: this.#options.debounceMs ?? 5,
            onFile: (file, bytes) => {
              declared.read(file, bytes);
              if (this.#isLoaded) forget();
            },
            onUnreadable: (file, error) => declared.readFailed(file, `cannot be read: ${messageOf(error)}`),
            onError: (where, error) => this.#logger.error(`changes in ${where} cannot be followed: ${messageOf(error)}`, { err: error }),
          }),
      );
    const running: Running = { state, declared, store, writes: new ObjectWrites(store), trees, inputs: new Map() };
    return running;
  }

  async #load(running: Running, signal: AbortSignal): Promise<void> {
    for (const tree of running.trees) await tree.start();
    if (this.#options.paths.includes('-')) {
      const bytes = await readAllOf(this.#options.standardInput ?? process.stdin, signal);
      running.inputs.set('-', bytes);
      running.declared.read('-', bytes);
    }
    if (signal.aborted) return;
    // Kinds that were first viewed while files were being read.
    this.#readAgain(running);
    this.#isLoaded = true;
    if (!running.declared.isPartial) this.#forgetVanished(running);
    running.store.afterAccepted(() => {
      for (const view of this.#registry.stores) this.#fill(view, running);
      this.#loaded.resolve(running);
    });
  }

  #readAgain(running: Running): void {
    const paths = running.declared.filesToReadAgain();
    for (const tree of running.trees) tree.readAgain(paths.filter((path) => path !== '-' && tree.contains(path)));
    const input = running.inputs.get('-');
    if (input !== undefined && paths.includes('-')) running.declared.read('-', input);
  }

  /** Brings a view up to what is visible and ends its initial phase. */
  #fill(view: ViewStore, running: Running): void {
    for (const object of running.store.shownOf(kindIdOf(view.kind))) view.put(object);
    view.state = { phase: 'watching', resourceVersion: String(running.store.version) };
    view.markSynced();
  }

  async #fillLate(kind: Kind, view: ViewStore, running: Running): Promise<void> {
    view.state = { phase: 'listing' };
    await this.#activate(kind).catch(() => undefined);
    if (this.#phase.phase === 'running') running.store.afterAccepted(() => this.#fill(view, running));
  }

  /** Makes sure that objects of a kind are kept, reading files again when they were passed over. */
  #activate(kind: Kind): Promise<void> {
    const id = kindIdOf(kind);
    const wasViewed = this.#viewed.has(id);
    this.#viewed.set(id, kind);
    if (wasViewed) return this.#activations.get(id) ?? this.#loaded.promise.then(() => undefined);
    const activation = this.#loaded.promise.then((running) => {
      this.#readAgain(running);
      if (!running.declared.isPartial) this.#forgetVanished(running);
      return new Promise<void>((resolve) => running.store.afterAccepted(resolve));
    });
    activation.catch(() => undefined);
    this.#activations.set(id, activation);
    return activation;
  }

  async #ready(kind: Kind, options: WriteOptions | undefined): Promise<Running> {
    if (this.#phase.phase === 'stopped') throw stoppedError();
    const { signal } = options ?? {};
    throwIfEnded(signal);
    if (!(this.#isLoaded && this.#viewed.has(kindIdOf(kind)) && !this.#activations.has(kindIdOf(kind)))) {
      await (signal === undefined ? this.#activate(kind) : Promise.race([this.#activate(kind), rejectedBy(signal)]));
    }
    const running = await this.#loaded.promise;
    throwIfEnded(signal);
    if ((this.#phase as Phase).phase !== 'running') throw stoppedError();
    return running;
  }

  #forgetVanished(running: Running): void {
    running.store.forgetVanished((id) => !this.#viewed.has(id.slice(0, id.indexOf(' '))));
  }

  async #stop(running: Running): Promise<void> {
    this.#phase = { phase: 'stopped' };
    for (const tree of running.trees) tree.close();
    running.declared.close();
    for (const view of this.#registry.stores) view.state = { phase: 'stopped' };
    this.#loaded.reject(stoppedError());
    try {
      await running.state.close();
    } catch (error) {
      this.#logger.error(`state of manifests could not be closed: ${messageOf(error)}`, { err: error });
    }
    this.#end.resolve();
  }
}

function stoppedError(): SeamarkError {
  return new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'the cluster of manifests has stopped');
}

function abortedError(signal: AbortSignal): SeamarkError {
  return new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'the request was ended before it was made', { cause: signal.reason });
}

function throwIfEnded(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(abortedError(signal)), { once: true }));
}
