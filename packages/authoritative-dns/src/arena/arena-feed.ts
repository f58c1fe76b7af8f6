import { type AnswerArena, ArenaBatch, arenaFlags } from '@seamark/netio';

import type { CompiledSource } from './compiled-source.ts';
import { SliceClock } from './slice-clock.ts';

/** Options of {@link ArenaFeed}. */
export interface ArenaFeedOptions {
  /** Questions for names in no zone of the sources are REFUSED without asking JavaScript. Default false. */
  readonly refusesOthers?: boolean;
  /** Told of what was thrown between turns, when nobody else is there to be told; the filling has ended then. Default: it is thrown. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Keeps an arena true to its sources, whose names differ. What a load has to compile is compiled in slices, between which the event loop
 * has its turn; questions for what is missing yet go to JavaScript.
 */
export class ArenaFeed implements Disposable {
  private readonly arena: AnswerArena;
  private readonly sources: readonly CompiledSource[];
  private readonly options: ArenaFeedOptions;
  private readonly batch = new ArenaBatch();
  private readonly clock = new SliceClock();
  private unseen = false;
  /** Not filled yet. */
  private unfilled: CompiledSource[] = [];
  private next: NodeJS.Immediate | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;

  constructor(arena: AnswerArena, sources: readonly CompiledSource[], options: ArenaFeedOptions = {}) {
    this.arena = arena;
    this.sources = sources;
    this.options = options;
  }

  /**
   * Replaces what the arena has by what the sources have. Each question sees what was there before, or the new content: compiled as far as
   * the filling has come, which is all of it for some thousand names when this returns, and from JavaScript beyond.
   */
  load(): void {
    clearImmediate(this.next);
    this.batch.removeAll();
    this.batch.flags(this.options.refusesOthers === true ? arenaFlags.refuse : 0);
    for (const source of this.sources) source.begin(this.batch);
    this.unfilled = [...this.sources];
    this.fill(leastNamesAtOnce);
  }

  /**
   * Publishes what changed in the sources, as one change; as with {@link load} when that is most of what they have. To be called after each
   * revision, in the same turn.
   */
  update(): void {
    if (this.sources.some((source) => source.isMostlyNew())) return this.load();
    for (const source of this.sources) source.writeChanges(this.batch, this.applyUnseen);
    if (this.batch.length > 0 || this.unseen) this.publish();
  }

  /** Resolves when nothing is left to fill, after another load that comes meanwhile too, or when the filling was given up. */
  filled(): Promise<void> {
    if (this.unfilled.length === 0) return Promise.resolve();
    return (this.waiting ??= Promise.withResolvers<void>()).promise;
  }

  /** Fills no more. What the arena has stays, and is kept true by {@link update}. */
  [Symbol.dispose](): void {
    this.halt();
  }

  /** One slice. */
  private fill(leastNames: number): void {
    const { clock, unfilled, batch } = this;
    clock.start(leastNames);
    while (unfilled[0]?.fill(batch, clock.isOver) === true) unfilled.shift();
    this.publish();
    if (unfilled.length === 0) this.halt();
    else this.next = setImmediate(this.fillNext);
  }

  private readonly fillNext = (): void => {
    try {
      this.fill(0);
    } catch (error) {
      this.halt();
      if (this.options.onError === undefined) throw error;
      this.options.onError(error);
    }
  };

  private halt(): void {
    clearImmediate(this.next);
    this.next = undefined;
    this.unfilled = [];
    this.waiting?.resolve();
    this.waiting = undefined;
  }

  private readonly applyUnseen = (): void => {
    this.arena.apply(this.batch, false);
    this.batch.clear();
    this.unseen = true;
  };

  private publish(): void {
    this.arena.apply(this.batch);
    this.batch.clear();
    this.unseen = false;
  }
}

/** A few zones are compiled whole in the turn of their load, which takes some ten milliseconds. */
const leastNamesAtOnce = 2_048;
