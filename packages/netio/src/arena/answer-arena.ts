import { loadAddon } from '../addon/load-addon.ts';
import type { NativeArena, NativeBinding } from '../addon/native-binding.ts';
import { AnswerCounts } from '../udp/answer-counts.ts';
import { ArenaBatch, type ArenaCookies } from './arena-batch.ts';

/** Options of {@link openArena}. */
export interface ArenaOptions {
  /**
   * Address space set aside, of which memory is taken as names come. Less is taken when the system does not grant it. Default 16 GiB.
   */
  readonly reserveOctets?: number;
  /** Zones have counters of their own up to this `countedAs`; larger ones share one. Default 4096. */
  readonly countedZones?: number;
}

/** What an arena holds. */
export interface ArenaStats {
  readonly names: number;
  /** Address space. */
  readonly reservedOctets: number;
  /** Memory of names and answers, with what is free among it. */
  readonly usedOctets: number;
  /** Memory that was given back by changes and waits to be used again. */
  readonly freeOctets: number;
  readonly tableOctets: number;
  readonly publications: number;
}

/** What {@link AnswerArena.answer} found out about the last question that it answered. */
export interface AnswerFacts {
  /** What the zone says; `undefined` = none of ours. */
  readonly countedAs: number | undefined;
  readonly type: number;
  readonly responseCode: number;
}

/** Who asks, as far as cookies depend on it. */
export interface AnswerClient {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Seconds since 1970. Default: the system's clock. */
  readonly nowSeconds?: number;
}

/** Of a client, in native/arena-binding.c: octets of the address, time, address. */
const clientWords = 6;
const factWords = 3;
const defaultReserveOctets = 16 * 2 ** 30;

/**
 * Answers by name outside of the JavaScript heap, which native threads read. There is one writer: the thread that made the arena. A
 * publication is seen by each question as a whole or not at all, and keeps no question waiting.
 */
export class AnswerArena {
  /** For this package's sockets. */
  readonly native: NativeArena;
  private readonly binding: NativeBinding;
  private readonly countedZones: number;
  private readonly factNumbers = new Uint32Array(factWords + clientWords);

  /** Use {@link openArena}. */
  constructor(binding: NativeBinding, options: ArenaOptions) {
    this.binding = binding;
    this.countedZones = options.countedZones ?? 4096;
    this.native = binding.arenaOpen(options.reserveOctets ?? defaultReserveOctets, this.countedZones);
  }

  /**
   * Applies changes. Those of several batches become visible together with the first that is published. Throws an Error that says what
   * is wrong with the batch; nothing of it was applied then.
   */
  apply(batch: ArenaBatch, publish = true): void {
    this.binding.arenaApply(this.native, batch.octets, batch.length, publish);
  }

  /**
   * Says what becomes of queries with a DNS cookie from now on, over UDP and streams; until then they go to JavaScript. To be called
   * again whenever a secret changes, and not between batches that wait to be published.
   */
  setCookies(cookies: ArenaCookies): void {
    const batch = new ArenaBatch();
    batch.cookies(cookies);
    this.apply(batch);
  }

  /**
   * Answers one message into `out`, which has 1,232 octets, or 65,535 with `stream`. Returns the length; 0 = JavaScript must answer;
   * -1 = it gets no answer. Without `client` queries with a cookie go to JavaScript.
   */
  answer(query: Uint8Array, out: Uint8Array, stream: boolean, client?: AnswerClient): number {
    writeClient(this.factNumbers, client);
    return this.binding.arenaAnswer(this.native, query, out, stream, this.factNumbers);
  }

  /** About the last question that {@link answer} answered. */
  facts(): AnswerFacts {
    const [countedAs, type, responseCode] = this.factNumbers as unknown as [number, number, number];
    return { countedAs: countedAs === 0xffff_ffff ? undefined : countedAs, type, responseCode };
  }

  /** What is held now. */
  stats(): ArenaStats {
    const numbers = new Float64Array(6);
    this.binding.arenaStats(this.native, numbers);
    const [names, reservedOctets, usedOctets, freeOctets, tableOctets, publications] = numbers as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { names, reservedOctets, usedOctets, freeOctets, tableOctets, publications };
  }

  /** What {@link answer} has counted, for zones counted as less than `zones`; no durations. */
  counts(zones: number): AnswerCounts {
    const counts = new AnswerCounts(Math.min(zones, this.countedZones));
    this.binding.arenaCounters(this.native, counts.numbers, 0, counts.blocks);
    return counts;
  }
}

function writeClient(numbers: Uint32Array, client: AnswerClient | undefined): void {
  numbers[factWords] = client?.address.length ?? 0;
  if (client === undefined) return;
  const { address } = client;
  numbers[factWords + 1] = client.nowSeconds ?? 0;
  // The address as octets, in little-endian words.
  for (let word = 0; word < address.length; word += 4) {
    numbers[factWords + 2 + word / 4] =
      (address[word] as number) |
      ((address[word + 1] as number) << 8) |
      ((address[word + 2] as number) << 16) |
      ((address[word + 3] as number) << 24);
  }
}

/** Opens an arena; `undefined` without the addon. Throws when there is no memory. */
export function openArena(options: ArenaOptions = {}): AnswerArena | undefined {
  const addon = loadAddon();
  return addon.ok ? new AnswerArena(addon.binding, options) : undefined;
}
