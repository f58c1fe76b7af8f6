import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type RecordSet } from '../../chain/response.ts';
import { recordSet, sectionText } from '../testing/answer-text.ts';
import { question, type QuestionOptions } from '../testing/question.ts';
import type { CacheMetrics } from './cache-metrics.ts';
import { type CacheOptions, defaultCacheOptions, type StaleOptions } from './cache-options.ts';
import { RemoteAnswerCache } from './remote-answer-cache.ts';

const address = (ttlSeconds: number, text = '192.0.2.1', owner = 'www.example.org'): RecordSet => recordSet(owner, ttlSeconds, 'A', text);
const soa = (ttlSeconds: number, minimum: number): RecordSet =>
  recordSet('example.org', ttlSeconds, 'SOA', `ns.example.org. admin.example.org. 1 2 3 4 ${minimum}`);
const positive = (ttlSeconds: number, text?: string): DnsResponse => emptyResponse('forward', 0, { answers: [address(ttlSeconds, text)] });
const nxdomain = (ttlSeconds: number, minimum = ttlSeconds): DnsResponse =>
  emptyResponse('forward', 3, { authorities: [soa(ttlSeconds, minimum)] });
const servfail = emptyResponse('forward', 2);

const stale: StaleOptions = {
  upToSeconds: 3600,
  verify: false,
  verifyTimeoutMs: undefined,
  ttlSeconds: 0,
  recheckMs: 0,
  preferPositive: false,
};

type Asking = Omit<QuestionOptions, 'type'> & { readonly type?: string };

/** A cache, a clock and an upstream whose next answers a test sets. */
class Bench {
  readonly clock = createSteppedClock();
  readonly counts: Record<string, number> = {};
  /** Answers of the upstream in order; the last goes on. A promise lets it wait. */
  upstream: (DnsResponse | Promise<DnsResponse>)[] = [];
  asked = 0;
  readonly cache: RemoteAnswerCache;

  constructor(options: Partial<CacheOptions> = {}) {
    const count = (name: string) => (kind?: string) => {
      const key = kind === undefined ? name : `${name} ${kind}`;
      this.counts[key] = (this.counts[key] ?? 0) + 1;
    };
    const metrics: CacheMetrics = {
      request: count('requests'),
      hit: count('hits'),
      miss: count('misses'),
      prefetched: count('prefetched'),
      servedStale: count('stale'),
      evicted: count('evicted'),
      entries: () => undefined,
    };
    this.cache = new RemoteAnswerCache({ ...defaultCacheOptions, zones: ['.'], ...options }, this.clock, metrics);
  }

  async ask(name = 'www.example.org', { type, ...options }: Asking = {}): Promise<string[]> {
    return textOf(await this.cache.answer(question(name, type, options), () => this.askUpstream()));
  }

  askUpstream(): Promise<DnsResponse> {
    this.asked += 1;
    const answer = this.upstream.length > 1 ? this.upstream.shift() : this.upstream[0];
    return Promise.resolve(answer ?? servfail);
  }
}

function textOf(response: DnsResponse): string[] {
  const codes = response.extendedErrors?.map(({ code }) => `EDE ${code}`) ?? [];
  return [String(response.responseCode), ...sectionText([...response.answers, ...response.authorities]), ...codes];
}

describe('an answer', () => {
  test('is asked for once while it lives, and its TTLs count down', async () => {
    const bench = new Bench();
    bench.upstream = [positive(60), positive(60, '192.0.2.2')];
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 60 A 192.0.2.1']);
    await bench.clock.advance(59_999);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 1 A 192.0.2.1']);
    await bench.clock.advance(1);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 60 A 192.0.2.2']);
    expect(bench.counts).toEqual({ requests: 3, misses: 2, 'hits success': 1 });
  });

  test('keeps its TTL with keepttl', async () => {
    const bench = new Bench({ keepTtl: true });
    bench.upstream = [positive(60)];
    await bench.ask();
    await bench.clock.advance(30_000);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 60 A 192.0.2.1']);
  });

  test('has TTLs within the limits, from the first time on', async () => {
    const bench = new Bench({ success: { ...defaultCacheOptions.success, maxTtlSeconds: 100, minTtlSeconds: 10 } });
    bench.upstream = [positive(1000), positive(1)];
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 100 A 192.0.2.1']);
    expect(await bench.ask('short.example.org')).toEqual(['0', 'www.example.org. 10 A 192.0.2.1']);
    await bench.clock.advance(9_000);
    expect(await bench.ask('short.example.org')).toEqual(['0', 'www.example.org. 1 A 192.0.2.1']);
  });

  test('lives as long as the shortest of its records', async () => {
    const bench = new Bench();
    bench.upstream = [
      emptyResponse('forward', 0, {
        answers: [recordSet('www.example.org', 300, 'CNAME', 'a.example.org.'), address(20, '192.0.2.1', 'a.example.org')],
      }),
    ];
    await bench.ask();
    await bench.clock.advance(15_000);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 285 CNAME a.example.org.', 'a.example.org. 5 A 192.0.2.1']);
    await bench.clock.advance(5_000);
    await bench.ask();
    expect(bench.asked).toBe(2);
  });

  test('from memory is not authoritative, and by the cache', async () => {
    const bench = new Bench();
    const authoritative = { ...positive(60), authoritative: true, recursionAvailable: true };
    expect(await bench.cache.answer(question('a.org'), () => Promise.resolve(authoritative))).toMatchObject({
      authoritative: true,
      by: 'forward',
    });
    expect(bench.cache.answer(question('a.org'), () => bench.askUpstream())).toMatchObject({
      authoritative: false,
      recursionAvailable: true,
      by: 'cache',
    });
  });

  const edns = (dnssecOk: boolean): DnsRequest['edns'] => ({ udpPayloadSize: 1232, version: 0, dnssecOk, options: [] });
  test.each<[string, Asking]>([
    ['type', { type: 'AAAA' }],
    ['class', { class: 3 }],
    ['DO', { edns: edns(true) }],
    ['CD', { checkingDisabled: true }],
    ['RD', { recursionDesired: false }],
    ['AD', { authenticData: true }],
  ])('to a question with another %s is another answer', async (_, options) => {
    const bench = new Bench();
    bench.upstream = [emptyResponse('forward', 0, { answers: [address(60), recordSet('www.example.org', 60, 'AAAA', '2001:db8::1')] })];
    await bench.ask();
    await bench.ask('www.example.org', options);
    await bench.ask('www.example.org', options);
    expect(bench.asked).toBe(2);
  });

  test('is the same whatever the case of the letters, the client and the size of its OPT', async () => {
    const bench = new Bench();
    bench.upstream = [positive(60)];
    await bench.ask();
    await bench.ask('WWW.Example.ORG', { from: '198.51.100.7', edns: edns(false) });
    expect(bench.asked).toBe(1);
  });

  test('to a question with a client subnet is asked for each time', async () => {
    const bench = new Bench();
    bench.upstream = [positive(60)];
    const withSubnet = { edns: { udpPayloadSize: 1232, version: 0, dnssecOk: false, options: [{ code: 8, data: new Uint8Array(4) }] } };
    await bench.ask('www.example.org', withSubnet);
    await bench.ask('www.example.org', withSubnet);
    expect(bench.asked).toBe(2);
  });

  test('outside of the zones is not kept', async () => {
    const bench = new Bench({ zones: ['example.com.'] });
    bench.upstream = [positive(60)];
    await bench.ask();
    await bench.ask();
    expect(bench.asked).toBe(2);
  });
});

describe('what is kept, and for how long', () => {
  const seconds = async (answer: DnsResponse, options: Partial<CacheOptions> = {}, type = 'A'): Promise<number> => {
    const bench = new Bench(options);
    bench.upstream = [answer];
    await bench.ask('www.example.org', { type });
    for (let elapsed = 0; elapsed < 4000; elapsed++) {
      await bench.cache.answer(question('www.example.org', type), () => bench.askUpstream());
      if (bench.asked === 2) return elapsed;
      await bench.clock.advance(1000);
    }
    return Number.POSITIVE_INFINITY;
  };
  const past = '20200101000000';
  const signature = (expiration: string): RecordSet =>
    recordSet('www.example.org', 60, 'RRSIG', `A 13 3 60 ${expiration} 20190101000000 1 example.org. AAAA`);

  test.each<[string, DnsResponse, number]>([
    ['NXDOMAIN: the TTL of SOA', nxdomain(30, 600), 30],
    ['NXDOMAIN: MINIMUM of SOA', nxdomain(600, 30), 30],
    ['NODATA', emptyResponse('forward', 0, { authorities: [soa(40, 50)] }), 40],
    [
      'an alias without what was asked for',
      emptyResponse('forward', 0, { answers: [recordSet('www.example.org', 20, 'CNAME', 'x.org.')], authorities: [soa(40, 50)] }),
      20,
    ],
    ['NXDOMAIN without SOA', emptyResponse('forward', 3), 0],
    ['NODATA without SOA', emptyResponse('forward', 0), 0],
    ['a referral', emptyResponse('forward', 0, { authorities: [recordSet('example.org', 70, 'NS', 'ns.example.org.')] }), 70],
    ['SERVFAIL', servfail, 5],
    ['no upstream could be reached', emptyResponse('forward', 2, { extendedErrors: [{ code: 23 }] }), 1],
    ['REFUSED', emptyResponse('forward', 5), 0],
    ['a truncated answer', { ...positive(60), truncated: true }, 0],
    ['a signature that has expired', emptyResponse('forward', 0, { answers: [address(60), signature(past)] }), 0],
    ['a signature that holds', emptyResponse('forward', 0, { answers: [address(60), signature('20600101000000')] }), 60],
  ])('%s', async (_, answer, expected) => {
    expect(await seconds(answer)).toBe(expected);
  });

  test('a transfer is not', async () => {
    expect(await seconds(positive(60), {}, 'AXFR')).toBe(0);
  });

  test('what disable names is not', async () => {
    expect(await seconds(positive(60), { success: { ...defaultCacheOptions.success, except: ['example.org.'] } })).toBe(0);
    expect(await seconds(nxdomain(60), { denial: { ...defaultCacheOptions.denial, except: ['.'] } })).toBe(0);
    expect(await seconds(servfail, { servfailSeconds: 0 })).toBe(0);
  });
});

test('equal questions at the same time are asked once', async () => {
  const bench = new Bench();
  const { promise, resolve } = Promise.withResolvers<DnsResponse>();
  bench.upstream = [promise];
  const waiting = Promise.all([bench.ask(), bench.ask(), bench.ask()]);
  resolve(emptyResponse('forward', 5)); // nothing that is kept
  expect(await waiting).toEqual([['5'], ['5'], ['5']]);
  expect(bench.asked).toBe(1);
  await bench.ask();
  expect(bench.asked).toBe(2);
});

test('a flood of names does not grow it: what was not asked for longest goes first', async () => {
  const bench = new Bench({ success: { ...defaultCacheOptions.success, capacity: 1024 } });
  bench.upstream = [positive(3600)];
  await bench.ask('kept.example.org');
  for (let number = 0; number < 3000; number++) {
    await bench.ask(`n${number}.example.org`);
    if (number % 500 === 0) await bench.ask('kept.example.org');
  }
  expect(bench.counts['evicted success']).toBe(3001 - 1024);
  await bench.ask('kept.example.org');
  expect(bench.asked).toBe(3001);
});

test('large answers take the place of several', async () => {
  const bench = new Bench({ success: { ...defaultCacheOptions.success, capacity: 1024 } });
  const large = emptyResponse('forward', 0, {
    answers: [{ owner: Uint8Array.of(0), type: 1, ttlSeconds: 60, rdata: [new Uint8Array(60_000)] }],
  });
  bench.upstream = [large];
  for (let number = 0; number < 200; number++) await bench.ask(`n${number}.example.org`);
  // 1024 answers of 4096 octets hold 69 of these.
  expect(bench.counts['evicted success']).toBe(200 - 69);
});

test('popular answers are fetched anew before they expire', async () => {
  const bench = new Bench({ prefetch: { amount: 3, gapMs: 60_000, percentage: 20 } });
  bench.upstream = [positive(100)];
  await bench.ask();
  await bench.clock.advance(70_000);
  await bench.ask();
  await bench.ask();
  await bench.ask();
  expect(bench.asked).toBe(1); // 30 s are left
  await bench.clock.advance(15_000);
  expect(await bench.ask()).toEqual(['0', 'www.example.org. 15 A 192.0.2.1']);
  await bench.clock.advance(0);
  expect(await bench.ask()).toEqual(['0', 'www.example.org. 100 A 192.0.2.1']);
  expect(bench.asked).toBe(2);
  expect(bench.counts['prefetched']).toBe(1);
});

describe('expired answers', () => {
  test('are given at once, and fetched in the background', async () => {
    const bench = new Bench({ stale });
    bench.upstream = [positive(60), positive(60, '192.0.2.2')];
    await bench.ask();
    await bench.clock.advance(61_000);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 0 A 192.0.2.1', 'EDE 3']);
    await bench.clock.advance(0);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 60 A 192.0.2.2']);
    expect(bench.counts['stale']).toBe(1);
  });

  test('outlive failures, and no longer than they may', async () => {
    const bench = new Bench({ stale: { ...stale, upToSeconds: 120, ttlSeconds: 30 } });
    bench.upstream = [positive(60), servfail];
    await bench.ask();
    await bench.clock.advance(61_000);
    for (let second = 0; second < 10; second++) {
      expect(await bench.ask()).toEqual(['0', 'www.example.org. 30 A 192.0.2.1', 'EDE 3']);
      await bench.clock.advance(1000);
    }
    await bench.clock.advance(110_000);
    expect(await bench.ask()).toEqual(['2']);
  });

  test('are given only when asking fails, with verify', async () => {
    const bench = new Bench({ stale: { ...stale, verify: true } });
    bench.upstream = [positive(60), servfail, nxdomain(60)];
    await bench.ask();
    await bench.clock.advance(61_000);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 0 A 192.0.2.1', 'EDE 3']);
    expect((await bench.ask())[0]).toBe('3');
  });

  test('are given when asking takes too long, with verify and a timeout', async () => {
    const bench = new Bench({ stale: { ...stale, verify: true, verifyTimeoutMs: 100 } });
    const { promise, resolve } = Promise.withResolvers<DnsResponse>();
    bench.upstream = [positive(60), promise];
    await bench.ask();
    await bench.clock.advance(61_000);
    const waiting = bench.ask();
    await bench.clock.advance(100);
    expect(await waiting).toEqual(['0', 'www.example.org. 0 A 192.0.2.1', 'EDE 3']);
    resolve(positive(60, '192.0.2.2'));
    await bench.clock.advance(0);
    expect(await bench.ask()).toEqual(['0', 'www.example.org. 60 A 192.0.2.2']);
  });

  test('are not refreshed again before the recheck time after a failure', async () => {
    const bench = new Bench({ stale: { ...stale, recheckMs: 30_000 } });
    bench.upstream = [positive(60), servfail];
    await bench.ask();
    await bench.clock.advance(61_000);
    for (let second = 0; second < 29; second++) {
      await bench.ask();
      await bench.clock.advance(1000);
    }
    expect(bench.asked).toBe(2);
    await bench.clock.advance(1000);
    await bench.ask();
    expect(bench.asked).toBe(3);
  });

  test('are the newer ones, or the positive ones when these are preferred', async () => {
    for (const preferPositive of [false, true]) {
      const bench = new Bench({ stale: { ...stale, preferPositive } });
      bench.upstream = [positive(60), nxdomain(60), servfail];
      await bench.ask();
      await bench.clock.advance(61_000);
      await bench.ask();
      await bench.clock.advance(61_000);
      expect(await bench.ask()).toEqual(
        preferPositive
          ? ['0', 'www.example.org. 0 A 192.0.2.1', 'EDE 3']
          : ['3', 'example.org. 0 SOA ns.example.org. admin.example.org. 1 2 3 4 60', 'EDE 19'],
      );
    }
  });
});
