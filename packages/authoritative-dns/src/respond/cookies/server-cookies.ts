import { randomBytes, timingSafeEqual } from 'node:crypto';

import { SeamarkError } from '@seamark/common/errors';

import { LiveSetting } from '../../chain/live-setting.ts';
import { sipHash24, sipHashKeyOctets, sipHashOctets } from './siphash.ts';

/** Octets of a client cookie (RFC 7873 4). */
export const clientCookieOctets = 8;

/** Octets of the server cookies that we make (RFC 9018 4). */
export const serverCookieOctets = 16;

/** Lengths that RFC 7873 allows for a COOKIE option: the client's cookie alone, or with a server cookie of 8 to 32 octets. */
export function isCookieLength(length: number): boolean {
  return length === clientCookieOctets || (length >= 16 && length <= 40);
}

/** Most seconds that a cookie may be old, and that its clock may be ahead of ours (RFC 9018 4.3). */
const maxAgeSeconds = 3600;
const maxAheadSeconds = 300;
/** A cookie older than this is replaced by a new one although it still holds (RFC 9018 4.3). */
const renewAfterSeconds = 1800;

/** What cookies are made and checked by. */
export interface CookieSettings {
  /**
   * One or two of 16 octets, which all servers behind one address share: the first makes cookies, those of both hold. A new secret
   * comes in three steps, each at all servers before the next (RFC 9018 5): second, first with the old one second, alone.
   */
  readonly secrets: readonly Uint8Array[];
  /** `answer`: a UDP query without a valid server cookie is answered with its new cookie. `require`: it gets BADCOOKIE. */
  readonly policy: 'answer' | 'require';
}

/** Settings with a random secret, so that cookies do not outlive the process and hold nowhere else, and the policy `answer`. */
export function ownCookieSettings(): CookieSettings {
  return { secrets: [randomBytes(sipHashKeyOctets)], policy: 'answer' };
}

/** Options of {@link ServerCookies}; those of {@link ownCookieSettings} in the place of what is left out. */
export interface ServerCookiesOptions extends Partial<CookieSettings> {
  /** Seconds since 1970. Default: the system's clock. */
  readonly nowSeconds?: () => number;
}

/** Makes and checks interoperable server cookies (RFC 7873, RFC 9018). */
export class ServerCookies {
  /** Goes by the system's clock, so that others can answer by the same rules. */
  readonly hasSystemClock: boolean;
  private readonly settings: LiveSetting<CookieSettings>;
  private readonly nowSeconds: () => number;
  // Client cookie, version, reserved, timestamp, address: what is hashed (RFC 9018 4.4).
  private readonly hashed = new Uint8Array(clientCookieOctets + 8 + 16);
  private readonly expected = new Uint8Array(sipHashOctets);

  /** Throws SM_CONFIG_INVALID for secrets of another length or number. */
  constructor(options: ServerCookiesOptions = {}) {
    const { nowSeconds, ...settings } = options;
    this.settings = new LiveSetting(checked({ ...ownCookieSettings(), ...settings }));
    this.hasSystemClock = nowSeconds === undefined;
    this.nowSeconds = nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  }

  get policy(): 'answer' | 'require' {
    return this.settings.current.policy;
  }

  /** Goes by other settings from now on. Throws like the constructor, and nothing has changed then. */
  replace(settings: CookieSettings): void {
    this.settings.set(checked(settings));
  }

  /** Tells `follower`, which answers by the same rules elsewhere, the settings: at once, and after each {@link replace} until disposed. */
  follow(follower: (settings: CookieSettings) => void): Disposable {
    return this.settings.follow(follower);
  }

  /** A whole COOKIE option for a client at `address` (4 or 16 octets): its own cookie, as it begins `cookie`, and one of ours. */
  create(cookie: Uint8Array, address: Uint8Array): Uint8Array {
    const option = new Uint8Array(clientCookieOctets + serverCookieOctets);
    option.set(cookie.subarray(0, clientCookieOctets));
    option[8] = 1;
    new DataView(option.buffer).setUint32(12, this.nowSeconds() >>> 0);
    this.hash(this.settings.current.secrets[0] as Uint8Array, option, address, option, 16);
    return option;
  }

  /**
   * What a COOKIE option that begins with a client cookie is worth: `valid` holds, `old` holds and should be replaced, `bad` is
   * none of ours, expired, or no server cookie at all.
   */
  check(option: Uint8Array, address: Uint8Array): 'valid' | 'old' | 'bad' {
    if (option.length !== clientCookieOctets + serverCookieOctets || option[8] !== 1) return 'bad';
    const made = ((option[12] as number) << 24) | ((option[13] as number) << 16) | ((option[14] as number) << 8) | (option[15] as number);
    // Serial number arithmetic (RFC 1982): a difference modulo 2^32, taken as signed.
    const age = (this.nowSeconds() - made) | 0;
    if (age > maxAgeSeconds || age < -maxAheadSeconds) return 'bad';
    const [first, second] = this.settings.current.secrets as readonly [Uint8Array, Uint8Array?];
    if (this.isMadeWith(first, option, address)) return age > renewAfterSeconds ? 'old' : 'valid';
    return second !== undefined && this.isMadeWith(second, option, address) ? 'old' : 'bad';
  }

  private isMadeWith(secret: Uint8Array, option: Uint8Array, address: Uint8Array): boolean {
    this.hash(secret, option, address, this.expected, 0);
    return timingSafeEqual(this.expected, option.subarray(16));
  }

  private hash(secret: Uint8Array, option: Uint8Array, address: Uint8Array, out: Uint8Array, at: number): void {
    const { hashed } = this;
    for (let index = 0; index < 16; index++) hashed[index] = option[index] as number;
    for (let index = 0; index < address.length; index++) hashed[16 + index] = address[index] as number;
    sipHash24(secret, hashed, 16 + address.length, out, at);
  }
}

function checked({ secrets, policy }: CookieSettings): CookieSettings {
  if (secrets.length < 1 || secrets.length > 2) {
    throw new SeamarkError('SM_CONFIG_INVALID', `cookies have one secret or two, not ${secrets.length}`);
  }
  const wrong = secrets.find(({ length }) => length !== sipHashKeyOctets);
  if (wrong !== undefined) {
    throw new SeamarkError('SM_CONFIG_INVALID', `a cookie secret has ${sipHashKeyOctets} octets, not ${wrong.length}`);
  }
  return { secrets: secrets.map((secret) => Uint8Array.from(secret)), policy };
}
