import { type AnswerArena, ArenaBatch, arenaFlags } from '@seamark/netio';

import type { CompiledSource } from './compiled-source.ts';

/** Options of {@link ArenaFeed}. */
export interface ArenaFeedOptions {
  /** Questions for names in no zone of the sources are REFUSED without asking JavaScript. Default false. */
  readonly refusesOthers?: boolean;
}

/** Keeps an arena true to its sources, whose names differ. */
export class ArenaFeed {
  private readonly arena: AnswerArena;
  private readonly sources: readonly CompiledSource[];
  private readonly options: ArenaFeedOptions;
  private readonly batch = new ArenaBatch();
  private unseen = false;

  constructor(arena: AnswerArena, sources: readonly CompiledSource[], options: ArenaFeedOptions = {}) {
    this.arena = arena;
    this.sources = sources;
    this.options = options;
  }

  /** Replaces what the arena has by everything that the sources have. Questions see the one or the other. */
  load(): void {
    this.batch.removeAll();
    this.batch.flags(this.options.refusesOthers === true ? arenaFlags.refuse : 0);
    for (const source of this.sources) source.writeAll(this.batch, this.applyUnseen);
    this.publish();
  }

  /** Publishes what changed in the sources, as one change. To be called after each revision, in the same turn. */
  update(): void {
    for (const source of this.sources) source.writeChanges(this.batch, this.applyUnseen);
    if (this.batch.length > 0 || this.unseen) this.publish();
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
