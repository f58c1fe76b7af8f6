import { randomBytes, timingSafeEqual } from 'node:crypto';

import { SeamarkError } from '@seamark/common/errors';

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

/** Options of {@link ServerCookies}. */
export interface ServerCookiesOptions {
  /**
   * 16 octets that all servers behind one address share. Default: random ones, so that cookies do not outlive the process and hold
   * at this server only.
   */
  readonly secret?: Uint8Array;
  /** A secret whose cookies still hold, while servers and clients go over to a new one (RFC 9018 5). */
  readonly previousSecret?: Uint8Array;
  /** `answer` (default): a UDP query without a valid server cookie is answered with its new cookie. `require`: it gets BADCOOKIE. */
  readonly policy?: 'answer' | 'require';
  /** Seconds since 1970. Default: the system's clock. */
  readonly nowSeconds?: () => number;
}

/** What cookies are made and checked with. */
export interface CookieSecrets {
  readonly secret: Uint8Array;
  readonly previousSecret: Uint8Array | undefined;
}

/** Makes and checks interoperable server cookies (RFC 7873, RFC 9018). */
export class ServerCookies {
  readonly policy: 'answer' | 'require';
  private secret: Uint8Array;
  private previous: Uint8Array | undefined;
  private readonly listeners = new Set<(secrets: CookieSecrets) => void>();
  private readonly nowSeconds: () => number;
  /** Goes by the system's clock, so that others can answer by the same rules. */
  readonly hasSystemClock: boolean;
  // Client cookie, version, reserved, timestamp, address: what is hashed (RFC 9018 4.4).
  private readonly hashed = new Uint8Array(clientCookieOctets + 8 + 16);
  private readonly expected = new Uint8Array(sipHashOctets);

  /** Throws SM_CONFIG_INVALID for a secret of another length. */
  constructor(options: ServerCookiesOptions = {}) {
    this.policy = options.policy ?? 'answer';
    this.secret = checkedSecret(options.secret ?? randomBytes(sipHashKeyOctets));
    this.previous = options.previousSecret === undefined ? undefined : checkedSecret(options.previousSecret);
    this.hasSystemClock = options.nowSeconds === undefined;
    this.nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
  }

  /** Makes cookies with another secret from now on; those of the secret until now hold until they expire. */
  rotate(secret: Uint8Array = randomBytes(sipHashKeyOctets)): void {
    const next = checkedSecret(secret);
    this.previous = this.secret;
    this.secret = next;
    for (const listener of this.listeners) listener(this.secrets());
  }

  /** Tells `listener`, which answers by the same rules elsewhere, the secrets: at once, and again after each {@link rotate} until disposed. */
  follow(listener: (secrets: CookieSecrets) => void): Disposable {
    this.listeners.add(listener);
    listener(this.secrets());
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  private secrets(): CookieSecrets {
    return { secret: this.secret, previousSecret: this.previous };
  }

  /** A whole COOKIE option for a client at `address` (4 or 16 octets): its own cookie, as it begins `cookie`, and one of ours. */
  create(cookie: Uint8Array, address: Uint8Array): Uint8Array {
    const option = new Uint8Array(clientCookieOctets + serverCookieOctets);
    option.set(cookie.subarray(0, clientCookieOctets));
    option[8] = 1;
    new DataView(option.buffer).setUint32(12, this.nowSeconds() >>> 0);
    this.hash(this.secret, option, address, option, 16);
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
    if (this.isMadeWith(this.secret, option, address)) return age > renewAfterSeconds ? 'old' : 'valid';
    return this.previous !== undefined && this.isMadeWith(this.previous, option, address) ? 'old' : 'bad';
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

function checkedSecret(secret: Uint8Array): Uint8Array {
  if (secret.length === sipHashKeyOctets) return Uint8Array.from(secret);
  throw new SeamarkError('SM_CONFIG_INVALID', `a cookie secret has ${sipHashKeyOctets} octets, not ${secret.length}`);
}
