import { SeamarkError } from '@seamark/common/errors';
import { createJitteredBackoff, type Backoff } from '../jittered-backoff.ts';
import type { KvWatch, WatchListener, WatchOptions } from '../kv-store.ts';
import type { EndpointSlot, EtcdConnection } from './connection.ts';
import { decodeRangeAnswer, type WatchAnswer } from './decode-answers.ts';
import type { CompiledEtcdOptions } from './options.ts';
import { RevisionAssembler } from './revision-assembler.ts';
import { WatchStream } from './watch-stream.ts';
import { wireRange } from './wire.ts';

/** One watch of a caller, over all streams that it lives through. */
interface Watch {
  readonly prefix: string;
  readonly fromRevision: number;
  readonly withPrevious: boolean;
  readonly listener: WatchListener;
  readonly assembler: RevisionAssembler;
  readonly release: () => void;
  readonly backoff: Backoff;
  /** Its id on the present stream; undefined while it has none there. Ids are never used twice on a stream. */
  id: number | undefined;
  /** Where it begins there: at the next revision to deliver, or at the one before it. */
  startRevision: number;
  /** What the server's confirmation on the present stream came with; undefined until then. Nothing is delivered before. */
  created: { readonly revision: number; readonly progressSent: number } | undefined;
  wantsProgress: boolean;
  /** Code of the failure last reported, so that one outage is reported once. */
  reported: string | undefined;
  retry: Disposable | undefined;
}

/** A creation that has been sent and not answered: of a watch under an id, or of the witness that tells where the watch began. */
interface Creation {
  readonly watch: Watch;
  readonly id: number;
  /** False for a watch whose witness follows. */
  readonly confirms: boolean;
}

/** Start of a witness, which is for no event at all: a revision that no store reaches. */
const neverRevision = Number.MAX_SAFE_INTEGER;

/**
 * The stream that all watches of a store share.
 *
 * - `idle`: there is no watch.
 * - `connecting`: an endpoint is being reached.
 * - `open`: watches are created on the stream, each at its next undelivered revision.
 * - `waiting`: after a failure, for the pause before the next try.
 * - `closed`: for good.
 */
type HubState =
  | { readonly phase: 'idle' | 'closed' }
  | { readonly phase: 'connecting'; readonly abort: AbortController }
  | { readonly phase: 'open'; readonly stream: WatchStream; readonly slot: EndpointSlot }
  | { readonly phase: 'waiting'; readonly timer: Disposable };

/** All watches of one etcd store on one stream; see {@link HubState}. */
export class WatchHub {
  readonly #connection: EtcdConnection;
  readonly #options: CompiledEtcdOptions;
  readonly #watches = new Set<Watch>();
  readonly #backoff: Backoff;
  #byId = new Map<number, Watch>();
  /** In the order of the requests and so of the answers, some of which carry no usable id. */
  #awaited: Creation[] = [];
  #nextId = 1;
  #state: HubState = { phase: 'idle' };
  /** Progress requests and answers on the present stream. */
  #progressSent = 0;
  #progressAnswered = 0;
  #askAgain: Disposable | undefined;

  constructor(connection: EtcdConnection, options: CompiledEtcdOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#backoff = createJitteredBackoff({ firstMs: 50, maxMs: 2_000, random: options.random });
  }

  /** See KvStore.watch. */
  add({ prefix, fromRevision, withPrevious = false, signal }: WatchOptions, listener: WatchListener): KvWatch {
    if (signal.aborted || this.#state.phase === 'closed') return { requestProgress() {} };
    const unordered = (): boolean => this.#state.phase === 'open' && this.#state.stream.unorderedProgress;
    const ended = (): void => this.#remove(watch);
    const watch: Watch = {
      prefix,
      fromRevision,
      withPrevious,
      listener,
      assembler: new RevisionAssembler(fromRevision),
      release: () => signal.removeEventListener('abort', ended),
      backoff: createJitteredBackoff({ firstMs: 50, maxMs: 30_000, random: this.#options.random }),
      id: undefined,
      startRevision: fromRevision,
      created: undefined,
      wantsProgress: false,
      reported: undefined,
      retry: undefined,
    };
    signal.addEventListener('abort', ended, { once: true });
    this.#watches.add(watch);
    if (this.#state.phase === 'open') this.#create(watch, this.#state.stream);
    else if (this.#state.phase === 'idle') this.#connect();
    return {
      requestProgress: () => {
        if (!this.#watches.has(watch)) return;
        watch.wantsProgress = true;
        this.#askProgress();
      },
      get answersProgress() {
        return !unordered();
      },
    };
  }

  /** Ends every watch; no listener is called again. */
  close(): void {
    for (const watch of this.#watches) this.#forget(watch);
    this.#leave();
    this.#state = { phase: 'closed' };
  }

  // The stream.

  #connect(): void {
    const abort = new AbortController();
    this.#state = { phase: 'connecting', abort };
    this.#connection.openWatch(abort.signal).then(
      (opened) => {
        if (abort.signal.aborted) {
          opened.duplex.on('error', () => undefined);
          opened.duplex.cancel();
          return;
        }
        const stream: WatchStream = new WatchStream({
          connection: this.#connection,
          opened,
          clock: this.#options.clock,
          onResponse: (response) => this.#receive(response, stream),
          onEnded: (cause) => {
            const error = this.#connection.errorOf(cause, opened.slot);
            this.#connection.markFailed(opened.slot, error.code === 'SM_STORE_TLS' ? opened.host : undefined);
            this.#interrupted(error);
          },
          onVersion: () => this.#askProgress(),
          onQuiet: () => this.#sendProgressRequest(stream),
        });
        this.#state = { phase: 'open', stream, slot: opened.slot };
        for (const watch of this.#watches) this.#create(watch, stream);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) this.#interrupted(error);
      },
    );
  }

  /** Leaves the present state and frees what it held. */
  #leave(): void {
    const state = this.#state;
    if (state.phase === 'connecting') state.abort.abort();
    else if (state.phase === 'open') state.stream.end();
    else if (state.phase === 'waiting') state.timer[Symbol.dispose]();
    this.#byId = new Map();
    this.#awaited = [];
    this.#progressSent = 0;
    this.#progressAnswered = 0;
    this.#askAgain?.[Symbol.dispose]();
    this.#askAgain = undefined;
    this.#nextId = 1;
    for (const watch of this.#watches) {
      watch.id = undefined;
      watch.created = undefined;
      watch.assembler.dropFragments();
      watch.retry?.[Symbol.dispose]();
      watch.retry = undefined;
    }
  }

  #interrupted(error: unknown): void {
    this.#leave();
    // A restarted etcd does not know the token; asking for one is cheaper than being refused.
    this.#connection.forgetToken();
    if (this.#watches.size === 0) {
      this.#state = { phase: 'idle' };
      return;
    }
    const timer = this.#options.clock.schedule(this.#backoff.next(), () => this.#connect());
    this.#state = { phase: 'waiting', timer };
    for (const watch of this.#watches) this.#report(watch, error);
  }

  /** Makes the stream anew at once, with a new token. */
  #reconnect(): void {
    this.#leave();
    this.#connection.forgetToken();
    this.#connect();
  }

  // One watch on the stream.

  /**
   * etcd refuses a watch that begins before the compact revision. At that revision itself older servers, 3.4.23 among them, have lost the
   * deletes and say nothing (https://github.com/etcd-io/etcd/issues/18089, 19179). So a watch with changes to catch up with begins one
   * revision earlier, of which nothing is delivered again: then etcd refuses it in exactly the doubtful case, and does so when it reads
   * the history, up to 100 ms after it has confirmed the watch, where a question of ours could come too early.
   *
   * A watch of the future alone has nothing to lose, and etcd tells it of changes at once. Whether it is one, its own confirmation does
   * not say: the revision there may be older than the watch. That in the confirmation of a second watch, the witness, is not.
   */
  #create(watch: Watch, stream: WatchStream, startRevision = watch.assembler.nextRevision): void {
    const id = this.#nextId;
    watch.id = id;
    watch.startRevision = startRevision;
    this.#byId.set(id, watch);
    this.#sendCreation(watch, stream, id, startRevision);
    const confirms = !this.#mayHaveMissed(watch);
    this.#awaited.push({ watch, id, confirms });
    this.#nextId += 1;
    if (confirms) return;
    this.#sendCreation(watch, stream, this.#nextId, neverRevision);
    this.#awaited.push({ watch, id, confirms: true });
    stream.write({ cancel_request: { watch_id: this.#nextId } });
    this.#nextId += 1;
  }

  #sendCreation(watch: Watch, stream: WatchStream, id: number, startRevision: number): void {
    stream.write({
      create_request: {
        ...wireRange({ prefix: watch.prefix }),
        start_revision: startRevision,
        prev_kv: watch.withPrevious,
        fragment: true,
        watch_id: id,
      },
    });
  }

  /** False for a watch that begins one revision earlier. To etcd, revision 0 is the future; revision 1 is the empty store. */
  #mayHaveMissed(watch: Watch): boolean {
    return watch.startRevision > 1 && watch.startRevision === watch.assembler.nextRevision;
  }

  /** Makes a watch anew that has changes to catch up with. */
  #createEarlier(watch: Watch, stream: WatchStream): void {
    const id = watch.id as number;
    this.#byId.delete(id);
    stream.write({ cancel_request: { watch_id: id } });
    this.#create(watch, stream, watch.assembler.nextRevision - 1);
  }

  #remove(watch: Watch): void {
    this.#forget(watch);
    if (this.#state.phase === 'closed') return;
    if (this.#watches.size === 0) {
      this.#leave();
      this.#state = { phase: 'idle' };
    } else if (this.#state.phase === 'open' && watch.id !== undefined) this.#state.stream.write({ cancel_request: { watch_id: watch.id } });
  }

  #forget(watch: Watch): void {
    watch.release();
    watch.retry?.[Symbol.dispose]();
    this.#watches.delete(watch);
    if (watch.id !== undefined) this.#byId.delete(watch.id);
  }

  #receive(response: WatchAnswer, stream: WatchStream): void {
    const watch = this.#byId.get(response.watchId);
    if (response.created) {
      const creation = this.#awaited.shift();
      // One that has been aborted or made anew meanwhile is not waited for.
      if (creation === undefined || creation.watch.id !== creation.id || !this.#watches.has(creation.watch)) return;
      if (response.canceled) this.#refused(creation.watch, response.cancelReason);
      else if (creation.confirms) this.#confirmed(creation.watch, response.header.revision, stream);
    } else if (response.canceled) {
      if (watch !== undefined) this.#canceled(watch, response);
    } else if (response.events.length > 0 || response.fragment) {
      this.#connection.sawRevision(response.header.revision);
      if (watch !== undefined) this.#deliver(watch, response, stream);
    } else this.#progress(response.header.revision, stream);
  }

  #confirmed(watch: Watch, revision: number, stream: WatchStream): void {
    if (this.#mayHaveMissed(watch) && revision >= watch.startRevision) {
      this.#createEarlier(watch, stream);
      return;
    }
    if (revision < this.#connection.knownRevision) void this.#checkHistory(watch);
    watch.created = { revision, progressSent: this.#progressSent };
    watch.reported = undefined;
    watch.backoff.reset();
    this.#backoff.reset();
    this.#tell(watch, () => watch.listener.onConnected?.());
    if (watch.wantsProgress) this.#askProgress();
  }

  #deliver(watch: Watch, response: WatchAnswer, stream: WatchStream): void {
    if (watch.created === undefined) {
      // Its witness is still to come: whether these are all is not known, and they come again.
      this.#createEarlier(watch, stream);
      return;
    }
    for (const batch of watch.assembler.add(response.events, response.fragment)) {
      if (!this.#watches.has(watch)) return;
      this.#tell(watch, () => watch.listener.onEvents(batch));
    }
  }

  #canceled(watch: Watch, response: WatchAnswer): void {
    const compactRevision = response.compactRevision;
    if (compactRevision === 0) {
      this.#refused(watch, response.cancelReason);
      return;
    }
    this.#remove(watch);
    this.#tell(watch, () => watch.listener.onCompacted(compactRevision));
  }

  /**
   * A member that is behind says so with a lower revision, and so does a store that was emptied or restored from a backup: there, a watch
   * would wait in silence for revisions that come again with other content. A read through the leader tells the two apart.
   */
  async #checkHistory(watch: Watch): Promise<void> {
    const known = this.#connection.knownRevision;
    let revision: number;
    try {
      const { header } = await this.#connection.unary(
        'KV',
        'range',
        { ...wireRange({ prefix: watch.prefix }), limit: 1, keys_only: true },
        { repeatable: true, decode: decodeRangeAnswer },
      );
      if (header === undefined) return;
      ({ revision } = header);
    } catch {
      // The next stream asks again.
      return;
    }
    if (revision >= known) return;
    this.#options.logger?.warn('etcd has gone back in its history: everything is read anew', { known, revision });
    this.#connection.forgetRevision(known, revision);
    for (const each of this.#watches) {
      // A watch for revisions that never were has missed nothing.
      if (each.fromRevision > known + 1) continue;
      this.#remove(each);
      this.#tell(each, () => each.listener.onCompacted(revision));
    }
  }

  /** The server does not want this watch: the others stay, this one is tried again by itself. */
  #refused(watch: Watch, reason: string): void {
    if (this.#state.phase !== 'open') return;
    const { slot, stream } = this.#state;
    if (watch.id !== undefined) this.#byId.delete(watch.id);
    watch.id = undefined;
    watch.created = undefined;
    watch.assembler.dropFragments();
    const denied = /permission denied|auth|user/.test(reason);
    const error = this.#connection.errorOf(
      Object.assign(new Error(reason), { code: denied ? 7 : 14, details: reason || 'the watch was cancelled' }),
      slot,
    );
    this.#report(watch, error);
    watch.retry = this.#options.clock.schedule(watch.backoff.next(), () => {
      if (denied && this.#options.credentials !== undefined) void this.#checkPermission(watch, stream);
      else if (this.#isOpen(stream)) this.#create(watch, stream);
    });
  }

  /**
   * A watch is refused in the same words for a stale token, which belongs to the stream, and for a missing permission. A read of the
   * prefix fetches a new token when needed: if it is allowed, the stream's token was stale.
   */
  async #checkPermission(watch: Watch, stream: WatchStream): Promise<void> {
    let failure: unknown;
    try {
      await this.#connection.unary(
        'KV',
        'range',
        { ...wireRange({ prefix: watch.prefix }), limit: 1, keys_only: true },
        { repeatable: true, decode: decodeRangeAnswer },
      );
    } catch (error) {
      failure = error;
    }
    if (!this.#watches.has(watch) || !this.#isOpen(stream)) return;
    if (failure === undefined) {
      this.#reconnect();
      return;
    }
    this.#report(watch, failure);
    watch.retry = this.#options.clock.schedule(watch.backoff.next(), () => void this.#checkPermission(watch, stream));
  }

  #isOpen(stream: WatchStream): boolean {
    return this.#state.phase === 'open' && this.#state.stream === stream;
  }

  // Progress.

  #askProgress(): void {
    if (this.#state.phase !== 'open' || !this.#state.stream.orderedProgress || this.#askAgain !== undefined) return;
    if (![...this.#watches].some((watch) => watch.wantsProgress && watch.created !== undefined)) return;
    this.#sendProgressRequest(this.#state.stream);
    // A server with a watch that is catching up does not answer at all.
    this.#askAgain = this.#options.clock.schedule(100, () => {
      this.#askAgain = undefined;
      this.#askProgress();
    });
  }

  #sendProgressRequest(stream: WatchStream): void {
    this.#progressSent += 1;
    stream.write({ progress_request: {} });
  }

  #progress(revision: number, stream: WatchStream): void {
    this.#progressAnswered += 1;
    this.#askAgain?.[Symbol.dispose]();
    this.#askAgain = undefined;
    if (!stream.orderedProgress) return;
    this.#connection.sawRevision(revision);
    for (const watch of this.#watches) {
      if (!this.#isCovered(watch, revision)) continue;
      watch.wantsProgress = false;
      watch.assembler.skipTo(revision);
      this.#tell(watch, () => watch.listener.onProgress?.(revision));
    }
    this.#askProgress();
  }

  /**
   * An answer covers the watches that the server had when it made it, but the confirmation of a later watch may overtake it. It was made
   * after the watch when its revision is above that of the confirmation, or when it is the answer to a later request: the nth answer
   * belongs to the nth request or a later one, since some are not answered. A watch that begins above it is covered in any case.
   */
  #isCovered(watch: Watch, revision: number): boolean {
    if (watch.created === undefined || watch.assembler.incomplete) return false;
    const { revision: createdRevision, progressSent } = watch.created;
    return revision > createdRevision || this.#progressAnswered > progressSent || watch.assembler.nextRevision > revision;
  }

  // Listeners.

  #report(watch: Watch, error: unknown): void {
    const code = error instanceof SeamarkError ? error.code : 'unknown';
    if (watch.reported === code) return;
    watch.reported = code;
    this.#options.logger?.warn('watch interrupted, it resumes by itself', {
      prefix: watch.prefix,
      nextRevision: watch.assembler.nextRevision,
      err: error,
    });
    this.#tell(watch, () => watch.listener.onInterrupted?.(error));
  }

  /** A listener that throws must not disturb the stream or other watches. */
  #tell(watch: Watch, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.logger?.error('a watch listener has thrown', { prefix: watch.prefix, err: error });
    }
  }
}
