/** Codes of the operations, see native/batch.h. */
const operations = { zone: 1, noZone: 2, name: 3, noName: 4, serial: 5, flags: 6, clear: 7, cookies: 8 } as const;

/** Bits of a name. */
export const nameFlags = {
  /** Every question at the name goes to JavaScript. */
  ask: 1,
  /** So do questions for names that do not exist and whose closest encloser this is. */
  askBelow: 2,
  /** There is a `*` directly below. */
  wildcard: 4,
} as const;

/** Bits of a zone. */
export const zoneFlags = {
  /** The serial in its SOA is that of {@link ArenaBatch.serial}. */
  sharedSerial: 1,
  /** Records of A, AAAA and MX change places at random. */
  rotate: 2,
  /** Questions with an empty option NSID are answered with it. */
  nsid: 4,
  /** Questions with DO go to JavaScript, as in a signed zone. */
  askDnssec: 8,
  /** Names that do not exist go to JavaScript. */
  askNameErrors: 16,
  /** Names that do not exist and have a label `*` or `any` go to JavaScript. */
  askWildcardLabels: 32,
} as const;

/** Bits of the whole arena. */
export const arenaFlags = {
  /** Questions for names in no zone are REFUSED; else they go to JavaScript. */
  refuse: 1,
  /** Every question goes to JavaScript. What a new arena does. */
  askAll: 2,
} as const;

/**
 * What becomes of queries with a DNS cookie (RFC 7873, RFC 9018). `ask`: they go to JavaScript, as with a new arena. `ignore`: cookies
 * are ignored. `answer`: they are answered with a cookie. `require`: so are those that prove their address, or come over a stream; others
 * go to JavaScript.
 */
export type ArenaCookies =
  | { readonly policy: 'ask' | 'ignore' }
  | {
      readonly policy: 'answer' | 'require';
      /** One or two of 16 octets: the first makes cookies, those of both hold. */
      readonly secrets: readonly Uint8Array[];
    };

const cookieModes = { ask: 0, ignore: 1, answer: 2, require: 3 } as const;

/** A zone as the arena holds it. */
export interface ArenaZone {
  /** Small: names refer to it. */
  readonly number: number;
  /** Small: what its answers are counted by. Several zones may share it. */
  readonly countedAs: number;
  readonly flags: number;
  /** Octets of the zone's name. */
  readonly apexLength: number;
  /** Most octets of an answer over UDP: 512 to 1232. */
  readonly udpLimit: number;
  /** The SOA record of negative answers, as it stands behind a question for the zone's own name. */
  readonly soa: Uint8Array;
  /** Where in it compression pointers stand; three at most. */
  readonly pointersAt: readonly number[];
  /** Where in it the serial stands; needed with `sharedSerial` only. */
  readonly serialAt: number | undefined;
  /** Questions for these types go to JavaScript; 16 at most. */
  readonly exceptTypes: readonly number[];
  /** At most 128 octets. */
  readonly nsid: Uint8Array;
}

/** The answer to one type of one name. */
export interface ArenaAnswer {
  /** 0 = all types that have none of their own. */
  readonly type: number;
  /** True: such questions go to JavaScript, and everything below means nothing. */
  readonly ask: boolean;
  /**
   * An answer of several RRsets, which goes to JavaScript where it has no room as a whole: `movable` also where a zone has
   * `zoneFlags.rotate`, `fixed` not. Default: one RRset or none, sent empty with TC where it has no room.
   */
  readonly whole?: 'movable' | 'fixed' | undefined;
  readonly responseCode: number;
  /** AA and others as in the header of a message. */
  readonly flags: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
  /** Octets of each record when all have as many and may change places, else 0. */
  readonly unit: number;
  /** Where in `octets` the serial of {@link ArenaBatch.serial} goes. */
  readonly serialAt: number | undefined;
  /** What stands behind the question. Pointers to the question's name are pointers to octet 12. */
  readonly octets: Uint8Array;
}

const noSerial = 0xffff;
const initialOctets = 4096;

/** Changes for an arena, in the order in which they are applied. Can be used again after {@link clear}. */
export class ArenaBatch {
  private buffer = new Uint8Array(initialOctets);
  private view = new DataView(this.buffer.buffer);
  private at = 0;

  /** What has been collected; valid until the next change. */
  get octets(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }

  /** Octets collected. */
  get length(): number {
    return this.at;
  }

  /** Forgets everything collected. */
  clear(): void {
    this.at = 0;
  }

  /** Puts a zone in the place of its number. */
  putZone(zone: ArenaZone): void {
    this.reserve(64 + zone.pointersAt.length * 2 + zone.exceptTypes.length * 2 + zone.nsid.length + zone.soa.length);
    this.uint8(operations.zone);
    this.uint32(zone.number);
    this.uint32(zone.countedAs);
    this.uint16(zone.udpLimit);
    this.uint8(zone.flags);
    this.uint8(zone.apexLength);
    this.uint16(zone.serialAt ?? noSerial);
    this.uint8(zone.pointersAt.length);
    for (const at of zone.pointersAt) this.uint16(at);
    this.uint8(zone.exceptTypes.length);
    for (const type of zone.exceptTypes) this.uint16(type);
    this.uint8(zone.nsid.length);
    this.copy(zone.nsid);
    this.uint16(zone.soa.length);
    this.copy(zone.soa);
  }

  /** Takes a zone away; questions at names that still refer to it go to JavaScript. */
  removeZone(number: number): void {
    this.reserve(5);
    this.uint8(operations.noZone);
    this.uint32(number);
  }

  /** Puts a name, in wire form, in the place of what the arena has of it. */
  putName(name: Uint8Array, zone: number, flags: number, answers: readonly ArenaAnswer[]): void {
    let octets = 16 + name.length;
    for (const answer of answers) octets += 18 + answer.octets.length;
    this.reserve(octets);
    this.uint8(operations.name);
    this.uint32(zone);
    this.uint8(flags);
    this.uint8(name.length);
    this.copy(name);
    this.uint8(answers.length);
    for (const answer of answers) this.answer(answer);
  }

  /** Takes a name away. One that is not there is no mistake. */
  removeName(name: Uint8Array): void {
    this.reserve(2 + name.length);
    this.uint8(operations.noName);
    this.uint8(name.length);
    this.copy(name);
  }

  /** Sets the serial that zones and answers share. */
  serial(serial: number): void {
    this.reserve(5);
    this.uint8(operations.serial);
    this.uint32(serial);
  }

  /** Sets {@link arenaFlags}. */
  flags(flags: number): void {
    this.reserve(5);
    this.uint8(operations.flags);
    this.uint32(flags);
  }

  /** Sets what becomes of queries with a cookie. */
  cookies(cookies: ArenaCookies): void {
    this.reserve(3 + 32);
    this.uint8(operations.cookies);
    this.uint8(cookieModes[cookies.policy]);
    const secrets = 'secrets' in cookies ? cookies.secrets : [];
    if (secrets.length > 2 || secrets.some(({ length }) => length !== 16))
      throw new RangeError('a cookie secret has 16 octets, and there are two at most');
    this.uint8(secrets.length);
    for (const each of secrets) this.copy(each);
  }

  /** Takes all names and zones away. */
  removeAll(): void {
    this.reserve(1);
    this.uint8(operations.clear);
  }

  private answer(answer: ArenaAnswer): void {
    this.uint16(answer.type);
    this.uint8(answer.ask ? 1 : answer.whole === undefined ? 0 : answer.whole === 'movable' ? 2 : 3);
    this.uint8(answer.responseCode);
    this.uint16(answer.flags);
    this.uint16(answer.answers);
    this.uint16(answer.authorities);
    this.uint16(answer.additionals);
    this.uint16(answer.unit);
    this.uint16(answer.serialAt ?? noSerial);
    this.uint16(answer.octets.length);
    this.copy(answer.octets);
  }

  private reserve(octets: number): void {
    if (this.at + octets <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.at + octets));
    grown.set(this.buffer.subarray(0, this.at));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }

  private uint8(value: number): void {
    this.buffer[this.at++] = value;
  }

  private uint16(value: number): void {
    this.view.setUint16(this.at, value, true);
    this.at += 2;
  }

  private uint32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  private copy(octets: Uint8Array): void {
    // Names and most answers are short: a loop is quicker than a call.
    if (octets.length > 64) this.buffer.set(octets, this.at);
    else for (let index = 0; index < octets.length; index++) this.buffer[this.at + index] = octets[index] as number;
    this.at += octets.length;
  }
}
