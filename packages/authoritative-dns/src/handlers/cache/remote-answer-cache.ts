import type { Clock } from '@seamark/common/controller';

import type { AnswerCache, DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { hasEndToEndOptions } from '../forward/hop-by-hop-options.ts';
import { ZoneList } from '../zone-list.ts';
import { agedAnswer, staleAnswerOf, withinLimits } from './aged-answer.ts';
import { answerKey } from './answer-key.ts';
import { AnswerStore, type KeptAnswer } from './answer-store.ts';
import type { CacheMetrics } from './cache-metrics.ts';
import type { CacheOptions, StaleOptions } from './cache-options.ts';
import { type AnswerKind, lifetimeOf } from './classify.ts';

type Ask = () => Promise<DnsResponse>;

/** An answer of one of the two stores. */
interface Found {
  readonly kind: AnswerKind;
  readonly answer: KeptAnswer;
}

/**
 * Keeps what other servers answered. Equal questions that come while one of them waits for its answer share it. Bounded in answers and
 * in octets.
 */
export class RemoteAnswerCache implements AnswerCache {
  private readonly options: CacheOptions;
  private readonly clock: Clock;
  private readonly metrics: CacheMetrics;
  private readonly zones: ZoneList;
  private readonly except: Readonly<Record<AnswerKind, ZoneList>>;
  private readonly stores: Readonly<Record<AnswerKind, AnswerStore>>;
  private readonly asking = new Map<string, Promise<DnsResponse>>();
  /** Until when no expired answer is refreshed, after an attempt that failed. */
  private readonly recheckAtMs = new Map<string, number>();

  constructor(options: CacheOptions, clock: Clock, metrics: CacheMetrics) {
    this.options = options;
    this.clock = clock;
    this.metrics = metrics;
    this.zones = new ZoneList(options.zones);
    this.except = { success: new ZoneList(options.success.except), denial: new ZoneList(options.denial.except) };
    this.stores = {
      success: new AnswerStore(options.success.capacity, () => metrics.evicted('success')),
      denial: new AnswerStore(options.denial.capacity, () => metrics.evicted('denial')),
    };
  }

  answer(request: DnsRequest, ask: Ask): DnsResponse | Promise<DnsResponse> {
    // What depends on more than the key, a client subnet for example, is asked each time.
    if (this.zones.match(request.name) === undefined || hasEndToEndOptions(request)) return ask();
    this.metrics.request();
    const key = answerKey(request);
    const nowMs = this.clock.monotonicMs();
    const fresh = this.findFresh(key, nowMs);
    const stale = this.options.stale;
    if (fresh !== undefined && (stale === undefined || !isFailure(fresh.answer))) return this.give(fresh, request, key, ask, nowMs);
    const expired = stale === undefined ? undefined : this.findExpired(key, stale, nowMs);
    if (expired !== undefined && stale !== undefined) return this.giveExpired(expired, stale, request, key, ask, nowMs);
    if (fresh !== undefined) return this.give(fresh, request, key, ask, nowMs);
    this.metrics.miss();
    return this.fetch(request, key, ask);
  }

  private give(found: Found, request: DnsRequest, key: string, ask: Ask, nowMs: number): DnsResponse {
    const { kind, answer } = found;
    this.metrics.hit(kind);
    if (this.shouldPrefetch(answer, nowMs) && !this.asking.has(key)) {
      this.metrics.prefetched();
      this.refresh(request, key, ask, answer.hits);
    }
    const ageMs = this.options.keepTtl ? 0 : nowMs - answer.storedMs;
    return { ...agedAnswer(answer, ageMs), authoritative: false, by: 'cache' };
  }

  private giveExpired(
    { kind, answer }: Found,
    stale: StaleOptions,
    request: DnsRequest,
    key: string,
    ask: Ask,
    nowMs: number,
  ): DnsResponse | Promise<DnsResponse> {
    const expired = (): DnsResponse => {
      this.metrics.servedStale();
      return { ...staleAnswerOf(answer, stale.ttlSeconds), authoritative: false, by: 'cache' };
    };
    const mayAsk = nowMs >= (this.recheckAtMs.get(key) ?? 0);
    if (!mayAsk || !stale.verify) {
      this.metrics.hit(kind);
      if (mayAsk && !this.asking.has(key)) this.refresh(request, key, ask, answer.hits);
      return expired();
    }
    const verified = this.fetch(request, key, ask).then((response) => (isTrustworthy(response) ? response : expired()));
    const { verifyTimeoutMs } = stale;
    if (verifyTimeoutMs === undefined) return verified;
    return new Promise((resolve, reject) => {
      const timer = this.clock.schedule(verifyTimeoutMs, () => resolve(expired()));
      verified.then(resolve, reject).finally(() => timer[Symbol.dispose]());
    });
  }

  /** Asks in the background. */
  private refresh(request: DnsRequest, key: string, ask: Ask, hits: number): void {
    this.fetch(request, key, ask).then(
      () => {
        const renewed = this.stores.success.get(key) ?? this.stores.denial.get(key);
        if (renewed !== undefined) renewed.hits = hits;
      },
      () => undefined, // whoever asks next asks the upstream, and hears of it
    );
  }

  private fetch(request: DnsRequest, key: string, ask: Ask): Promise<DnsResponse> {
    const asking = this.asking.get(key);
    if (asking !== undefined) return asking;
    const fetching = ask()
      .then((response) => this.keep(request, key, response))
      .finally(() => this.asking.delete(key));
    this.asking.set(key, fetching);
    return fetching;
  }

  /** Keeps an answer, and gives it with TTLs within the limits, so that none is seen to jump when it comes from the cache. */
  private keep(request: DnsRequest, key: string, response: DnsResponse): DnsResponse {
    const nowMs = this.clock.monotonicMs();
    this.noteRecheck(key, response, nowMs);
    const lifetime = lifetimeOf(request, response, this.options, this.clock.wallMs() / 1000);
    if (lifetime === undefined) return response;
    const { kind, seconds } = lifetime;
    const limited = withinLimits(response, lifetime, this.options[kind].maxTtlSeconds);
    if (this.except[kind].match(request.name) !== undefined) return limited;
    const answer: KeptAnswer = { response: limited, storedMs: nowMs, lifetimeMs: seconds * 1000, hits: 0, lastHitMs: nowMs };
    this.stores[kind].set(key, answer);
    // A failure says nothing about what is true; an expired answer may still be wanted beside it.
    if (!isFailure(answer)) {
      const other = kind === 'success' ? 'denial' : 'success';
      if (kind === 'success' || this.options.stale?.preferPositive !== true) this.stores[other].delete(key);
    }
    this.metrics.entries('success', this.stores.success.size);
    this.metrics.entries('denial', this.stores.denial.size);
    return limited;
  }

  private noteRecheck(key: string, response: DnsResponse, nowMs: number): void {
    const recheckMs = this.options.stale?.recheckMs ?? 0;
    if (recheckMs === 0) return;
    this.recheckAtMs.delete(key);
    if (isTrustworthy(response)) return;
    this.recheckAtMs.set(key, nowMs + recheckMs);
    // No more of these than there can be answers that they are about.
    for (const oldest of this.recheckAtMs.keys()) {
      if (this.recheckAtMs.size <= this.options.success.capacity) break;
      this.recheckAtMs.delete(oldest);
    }
  }

  private findFresh(key: string, nowMs: number): Found | undefined {
    for (const kind of ['denial', 'success'] as const) {
      const answer = this.stores[kind].get(key);
      if (answer !== undefined && nowMs < answer.storedMs + answer.lifetimeMs) return { kind, answer };
    }
    return undefined;
  }

  private findExpired(key: string, { upToSeconds, preferPositive }: StaleOptions, nowMs: number): Found | undefined {
    const usable = (['success', 'denial'] as const).flatMap((kind) => {
      const answer = this.stores[kind].get(key);
      const until = answer === undefined ? 0 : answer.storedMs + answer.lifetimeMs + upToSeconds * 1000;
      return answer !== undefined && !isFailure(answer) && nowMs < until ? [{ kind, answer }] : [];
    });
    const [first, second] = usable;
    if (first === undefined || second === undefined || preferPositive) return first;
    return second.answer.storedMs > first.answer.storedMs ? second : first;
  }

  private shouldPrefetch(answer: KeptAnswer, nowMs: number): boolean {
    const { prefetch } = this.options;
    if (prefetch === undefined) return false;
    answer.hits = nowMs - answer.lastHitMs >= prefetch.gapMs ? 1 : answer.hits + 1;
    answer.lastHitMs = nowMs;
    const thresholdMs = Math.ceil((prefetch.percentage / 100) * (answer.lifetimeMs / 1000)) * 1000;
    return answer.hits >= prefetch.amount && answer.storedMs + answer.lifetimeMs - nowMs <= thresholdMs;
  }
}

/** NOERROR and NXDOMAIN say what is true; anything else says only that it could not be found out (RFC 8767 4). */
function isTrustworthy({ responseCode }: DnsResponse): boolean {
  return responseCode === responseCodes.NOERROR || responseCode === responseCodes.NXDOMAIN;
}

function isFailure({ response }: KeptAnswer): boolean {
  return !isTrustworthy(response);
}
