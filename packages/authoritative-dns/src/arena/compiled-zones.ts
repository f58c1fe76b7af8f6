import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import { type AnswerArena, ArenaBatch, arenaFlags, nameFlags, openArena } from '@seamark/netio';

import type { ServerCookies } from '../respond/cookies/server-cookies.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import { ArenaFeed } from './arena-feed.ts';
import type { CompilableZone, CompilableZones } from './compilable-zones.ts';
import type { CompiledSource } from './compiled-source.ts';
import { ZoneNumbers } from './zone-numbers.ts';

/** What an arena is to answer. */
export interface ArenaContent {
  readonly sources: readonly {
    readonly zones: CompilableZones;
    readonly policyOf: (zone: CompilableZone) => AnswerPolicy | undefined;
    /** The label `zone` of what counts its answers; default: its own. */
    readonly labelOf?: (zone: CompilableZone) => string;
    /** See `CompileOptions`. */
    readonly owns?: (name: Uint8Array) => boolean;
  }[];
  /** Names in wire form for which, and for everything below which, JavaScript is asked unless a source has it. */
  readonly asks: readonly Uint8Array[];
  /** Names in no zone of the sources and below none of `asks` are REFUSED. */
  readonly refusesOthers: boolean;
}

/** Where nobody but one source fills the arena, its zones may come and go. */
function isShared({ sources, asks }: ArenaContent): boolean {
  return sources.length + asks.length > 1;
}

/** Labels with counters of their own in each thread. */
export const countedZones = 16_384;

/** Belongs to no zone, so that JavaScript is asked. */
const noZone = 2 ** 20 - 1;

/** An arena and what keeps it true. It asks JavaScript everything until {@link load}. */
export class CompiledZones {
  readonly arena: AnswerArena;
  /** The labels that the arena counts by. */
  readonly labels: ZoneNumbers = new ZoneNumbers(countedZones);
  private readonly numbers = new ZoneNumbers();
  private readonly logger: Logger;
  private readonly followingCookies: Disposable | undefined;
  private following: Disposable[] = [];
  private feed: ArenaFeed | undefined;

  private constructor(arena: AnswerArena, logger: Logger, cookies: ServerCookies | undefined) {
    this.arena = arena;
    this.logger = logger;
    if (cookies === undefined) arena.setCookies({ policy: 'ignore' });
    else if (cookies.hasSystemClock) {
      this.followingCookies = cookies.follow((settings) => arena.setCookies(settings));
    }
  }

  /** Opens an arena that makes and checks these cookies, or ignores cookies; `undefined` where there is no native part, or no memory, which is logged. */
  static open(logger: Logger, cookies: ServerCookies | undefined): CompiledZones | undefined {
    try {
      const arena = openArena({ countedZones });
      return arena === undefined ? undefined : new CompiledZones(arena, logger, cookies);
    } catch (error) {
      logger.warn(`no answers are compiled, since there is no memory for them: ${messageOf(error)}`);
      return undefined;
    }
  }

  /**
   * Takes other content in the place of what was there, and follows it: each question sees the one or the other. Of many names some are
   * compiled in later turns, see {@link filled}.
   */
  load(content: ArenaContent): void {
    this.unfollow();
    // The arena has one serial: of several groups the first has it, and the zones of others are written at each change.
    const group = content.sources.find(({ zones }) => zones.serialGroup !== undefined)?.zones.serialGroup;
    const compiled = content.sources.map(({ zones, policyOf, labelOf, owns }) =>
      zones.compile({
        policyOf,
        numberOf: ({ label }) => this.numbers.of(zones.by, label),
        countedAs: (zone) => this.labels.of(zones.by, labelOf?.(zone) ?? zone.label),
        isShared: isShared(content),
        sharesSerial: zones.serialGroup === group,
        ...(owns === undefined ? {} : { owns }),
      }),
    );
    const feed = new ArenaFeed(this.arena, [...compiled, askingFor(content.asks)], {
      refusesOthers: content.refusesOthers,
      onError: (error) => this.giveUp(error),
    });
    this.following = [feed, ...compiled];
    this.guarded(() => feed.load());
    if (this.following.length === 0) return;
    this.feed = feed;
    const update = (): void => this.guarded(() => feed.update());
    this.following.push(...content.sources.map(({ zones }) => zones.subscribe(update)));
  }

  /** Resolves when all of what was loaded last has been compiled; until then JavaScript answers the rest. */
  filled(): Promise<void> {
    return this.feed?.filled() ?? Promise.resolve();
  }

  /** Asks JavaScript everything, and follows nothing. */
  clear(): void {
    this.unfollow();
    const batch = new ArenaBatch();
    batch.removeAll();
    batch.flags(arenaFlags.askAll);
    this.arena.apply(batch);
  }

  /** As {@link clear}, for the last time. */
  close(): void {
    this.clear();
    this.followingCookies?.[Symbol.dispose]();
  }

  /** What cannot be compiled must not leave old answers behind. */
  private guarded(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.giveUp(error);
    }
  }

  private giveUp(error: unknown): void {
    this.clear();
    this.logger.error(`answers cannot be compiled (${messageOf(error)}); every question is answered by JavaScript`, { err: error });
  }

  private unfollow(): void {
    for (const each of this.following) each[Symbol.dispose]();
    this.following = [];
    this.feed = undefined;
  }
}

function askingFor(names: readonly Uint8Array[]): CompiledSource {
  return {
    begin(batch) {
      for (const name of names) batch.putName(name, noZone, nameFlags.ask | nameFlags.askBelow, []);
    },
    fill: () => true,
    isMostlyNew: () => false,
    writeChanges() {},
  };
}
