import type { KvWatch, RevisionEvents, WatchListener, WatchOptions } from '../kv-store.ts';

/** What a {@link WatchHub} reads from its store. */
export interface WatchSource {
  /** Last revision that is durable; later ones are told by {@link WatchHub.deliver}. */
  readonly committedRevision: number;
  /** Oldest revision that can be watched from. */
  readonly compactRevision: number;
  changesFrom(revision: number): Iterable<RevisionEvents>;
  /** Resolves when everything that the store has taken up to now is durable and delivered. */
  settled(): Promise<void>;
}

/** Options of {@link WatchHub}. */
interface WatchHubOptions {
  readonly source: WatchSource;
  /** Told when a listener throws; the watch goes on. */
  readonly onListenerError: (error: unknown) => void;
}

/**
 * - `starting`: until the end of the turn in which it was made
 * - `live`: everything up to the committed revision has been delivered
 * - `ended`: aborted, compacted or closed; its listener is never called again
 */
type WatchPhase = 'starting' | 'live' | 'ended';

/** The watches of one store. Listeners are called one after the other and never inside the call that made the watch. */
export class WatchHub {
  readonly #source: WatchSource;
  readonly #onListenerError: (error: unknown) => void;
  readonly #watches = new Set<Watch>();
  #closed = false;

  constructor(options: WatchHubOptions) {
    this.#source = options.source;
    this.#onListenerError = options.onListenerError;
  }

  start(options: WatchOptions, listener: WatchListener): KvWatch {
    const watch = new Watch(options, listener, this.#onListenerError, (ended) => this.#watches.delete(ended));
    if (!this.#closed && watch.phase !== 'ended') {
      this.#watches.add(watch);
      queueMicrotask(() => watch.begin(this.#source));
    }
    return { requestProgress: () => void this.#answerProgress(watch) };
  }

  /** Tells all watches of a revision that has become durable. */
  deliver(batch: RevisionEvents): void {
    for (const watch of this.#watches) watch.deliver(batch);
  }

  close(): void {
    this.#closed = true;
    for (const watch of this.#watches) watch.end();
  }

  async #answerProgress(watch: Watch): Promise<void> {
    try {
      await this.#source.settled();
      watch.progress(this.#source.committedRevision);
    } catch {
      // The store cannot write any more: it cannot tell how far it is.
    }
  }
}

class Watch {
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #listener: WatchListener;
  readonly #onListenerError: (error: unknown) => void;
  readonly #onEnd: (watch: Watch) => void;
  readonly #aborted = (): void => this.end();
  #fromRevision: number;
  phase: WatchPhase;

  constructor(options: WatchOptions, listener: WatchListener, onListenerError: (error: unknown) => void, onEnd: (watch: Watch) => void) {
    this.#prefix = options.prefix;
    this.#fromRevision = options.fromRevision;
    this.#signal = options.signal;
    this.#listener = listener;
    this.#onListenerError = onListenerError;
    this.#onEnd = onEnd;
    this.phase = options.signal.aborted ? 'ended' : 'starting';
    options.signal.addEventListener('abort', this.#aborted, { once: true });
  }

  begin(source: WatchSource): void {
    if (this.phase !== 'starting') return;
    // As in etcd, 0 is the future alone.
    if (this.#fromRevision <= 0) this.#fromRevision = source.committedRevision + 1;
    if (this.#fromRevision < source.compactRevision) {
      this.end();
      this.#tell(() => this.#listener.onCompacted(source.compactRevision));
      return;
    }
    this.phase = 'live';
    this.#tell(() => this.#listener.onConnected?.());
    for (const batch of source.changesFrom(this.#fromRevision)) {
      if (batch.revision > source.committedRevision) return;
      this.deliver(batch);
    }
  }

  deliver(batch: RevisionEvents): void {
    if (this.phase !== 'live' || batch.revision < this.#fromRevision) return;
    const below = batch.events.filter((event) => (event.type === 'put' ? event.entry.key : event.key).startsWith(this.#prefix));
    if (below.length === 0) return;
    this.#tell(() => this.#listener.onEvents(below.length === batch.events.length ? batch : { revision: batch.revision, events: below }));
  }

  progress(revision: number): void {
    // Before its first revision a watch has delivered nothing that it could vouch for.
    if (this.phase === 'live' && revision >= this.#fromRevision - 1) this.#tell(() => this.#listener.onProgress?.(revision));
  }

  end(): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.#signal.removeEventListener('abort', this.#aborted);
    this.#onEnd(this);
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}
