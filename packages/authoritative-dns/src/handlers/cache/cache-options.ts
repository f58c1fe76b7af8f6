/** How answers of one kind are kept. */
export interface StoreOptions {
  /** Answers that are held at most. */
  readonly capacity: number;
  /** Longer TTLs are cut to this. */
  readonly maxTtlSeconds: number;
  /** Shorter TTLs are raised to this. */
  readonly minTtlSeconds: number;
  /** Zones whose answers are not kept. */
  readonly except: readonly string[];
}

/** What one `cache` line says. */
export interface CacheOptions {
  /** Zones whose answers are kept, lower-case with the final dot. */
  readonly zones: readonly string[];
  /** Answers with records. */
  readonly success: StoreOptions;
  /** NXDOMAIN and NODATA. */
  readonly denial: StoreOptions;
  /** How long SERVFAIL is kept; 0: not at all. */
  readonly servfailSeconds: number;
  /** TTLs stand still. */
  readonly keepTtl: boolean;
  readonly prefetch: PrefetchOptions | undefined;
  readonly stale: StaleOptions | undefined;
}

/** When answers are fetched anew before they expire. */
export interface PrefetchOptions {
  /** Questions that make an answer popular. */
  readonly amount: number;
  /** A gap of this length between two of them starts the count anew. */
  readonly gapMs: number;
  /** Fetched when no more than this share of the TTL is left. */
  readonly percentage: number;
}

/** When expired answers are given. */
export interface StaleOptions {
  /** For how long after they expired. */
  readonly upToSeconds: number;
  /** Ask first, and give the expired answer only when that fails. */
  readonly verify: boolean;
  /** How long asking first may take; `undefined`: until it fails. */
  readonly verifyTimeoutMs: number | undefined;
  readonly ttlSeconds: number;
  /** Time after a failed attempt before the next one. */
  readonly recheckMs: number;
  /** An expired positive answer goes before a newer negative one that has expired too. */
  readonly preferPositive: boolean;
}

/** CoreDNS's size of each of the two stores, and its least. */
export const defaultCapacity = 9984;
/** See {@link defaultCapacity}. */
export const leastCapacity = 1024;

/** What holds for a line without braces. */
export const defaultCacheOptions = {
  success: { capacity: defaultCapacity, maxTtlSeconds: 3600, minTtlSeconds: 5, except: [] },
  denial: { capacity: defaultCapacity, maxTtlSeconds: 1800, minTtlSeconds: 5, except: [] },
  servfailSeconds: 5,
  keepTtl: false,
  prefetch: undefined,
  stale: undefined,
} satisfies Omit<CacheOptions, 'zones'>;
