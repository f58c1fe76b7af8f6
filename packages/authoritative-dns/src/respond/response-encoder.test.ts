import { dnsNameToWire } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { DnsResponse, RecordSet } from '../chain/response.ts';
import { addressSet, edns, queryFor, responseWith, TestPipeline } from '../testing/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { formatRecord } from '../wire/record-text.ts';

const many = (owner: string, count: number): RecordSet =>
  addressSet(owner, ...Array.from({ length: count }, (_, n) => `192.0.${n >> 8}.${n & 255}`));
const nameSet = (owner: string, type: number, ...targets: readonly string[]): RecordSet => ({
  owner: dnsNameToWire(owner),
  type,
  ttlSeconds: 60,
  rdata: targets.map((target) => dnsNameToWire(target)),
});
const soa: RecordSet = {
  owner: dnsNameToWire('example.org'),
  type: 6,
  ttlSeconds: 5,
  rdata: [Uint8Array.from([...dnsNameToWire('ns1.example.org'), ...dnsNameToWire('hostmaster.example.org'), ...new Uint8Array(20)])],
};

const over = (response: DnsResponse, udpPayloadSize: number, question = 'www.example.org A') =>
  new TestPipeline({ chain: () => response }).message(queryFor(question, edns([], { udpPayloadSize })));
const counts = (message: Awaited<ReturnType<typeof over>>) => [
  message.answers.length,
  message.authorities.length,
  message.additionals.length,
  message.truncated,
];

describe('what has no room (RFC 2181 9)', () => {
  it('in the answer is left out whole with TC, and all after it', async () => {
    expect(
      counts(
        await over(responseWith([many('www.example.org', 200)], { authorities: [nameSet('example.org', 2, 'ns1.example.org')] }), 1232),
      ),
    ).toEqual([0, 0, 0, true]);
  });
  it('behind an alias leaves the alias', async () => {
    const answers = [nameSet('www.example.org', 5, 'many.example.org'), many('many.example.org', 200)];
    expect(counts(await over(responseWith(answers), 1232))).toEqual([1, 0, 0, true]);
  });
  it('of a negative answer or a referral sets TC', async () => {
    const long = Array.from({ length: 40 }, (_, n) => `ns${n}.${'x'.repeat(20)}.example.org`);
    expect(counts(await over(responseWith([], { authorities: [nameSet('example.org', 2, ...long)] }), 512))).toEqual([0, 0, 0, true]);
    const chain = [nameSet('www.example.org', 5, 'web.sub.example.org')];
    expect(counts(await over(responseWith(chain, { authorities: [nameSet('sub.example.org', 2, ...long)] }), 512))).toEqual([
      1,
      0,
      0,
      true,
    ]);
    expect(counts(await over(responseWith([], { responseCode: 3, authorities: [soa] }), 512))).toEqual([0, 1, 0, false]);
  });
  it('of NS records beside an answer is left out silently', async () => {
    const long = Array.from({ length: 40 }, (_, n) => `ns${n}.${'x'.repeat(20)}.example.org`);
    expect(
      counts(await over(responseWith([many('www.example.org', 1)], { authorities: [nameSet('example.org', 2, ...long)] }), 512)),
    ).toEqual([1, 0, 0, false]);
  });
  it('of additional records is left out silently, unless they are glue that is needed (RFC 9471)', async () => {
    const referral = responseWith([], {
      authoritative: false,
      authorities: [nameSet('sub.example.org', 2, 'ns1.sub.example.org', 'ns2.sub.example.org')],
      additionals: [many('ns1.sub.example.org', 3), many('ns2.sub.example.org', 40)],
    });
    expect(counts(await over(referral, 512))).toEqual([0, 2, 3, false]);
    expect(counts(await over({ ...referral, requiredAdditionals: 1 }, 512))).toEqual([0, 2, 3, false]);
    expect(counts(await over({ ...referral, requiredAdditionals: 2 }, 512))).toEqual([0, 2, 3, true]);
    expect(counts(await over({ ...referral, requiredAdditionals: 2 }, 1232))).toEqual([0, 2, 43, false]);
  });
  it('is decided by the size of the client, ours and that of the response', async () => {
    const response = responseWith([many('www.example.org', 60)]); // 33 + 60 × 16 + 11 octets
    expect((await over(response, 1004)).truncated).toBe(false);
    expect((await over(response, 1003)).truncated).toBe(true);
    expect((await over({ ...response, udpPayloadLimit: 1003 }, 4096)).truncated).toBe(true);
    expect((await over({ ...response, udpPayloadLimit: 4096 }, 4096)).truncated).toBe(false);
    expect((await over(responseWith([many('www.example.org', 75)]), 4096)).truncated).toBe(true);
    const stream = new TestPipeline({ chain: () => responseWith([many('www.example.org', 4000)]) });
    expect((await stream.message(queryFor('www.example.org A'), 'tcp')).answers).toHaveLength(4000);
  });
  it('may be nothing: a handler can ask for TC', async () => {
    expect(counts(await over(responseWith([], { truncated: true }), 1232))).toEqual([0, 0, 0, true]);
  });
});

describe('names', () => {
  it('equal to that of the question are written as the client wrote it, all others as they are stored', async () => {
    const answers = [nameSet('WWW.example.org', 5, 'Web.Example.Org'), addressSet('web.example.org', '192.0.2.1')];
    const message = await over(responseWith(answers), 1232, 'wWw.EXAMPLE.org A');
    expect(message.answers.map(({ name }) => name)).toEqual(['wWw.EXAMPLE.org', 'Web.EXAMPLE.org']);
  });
  it('are compressed', async () => {
    const answers = [nameSet('www.example.org', 2, ...Array.from({ length: 10 }, (_, n) => `n${n}.www.example.org`))];
    const octets = await new TestPipeline({ chain: () => responseWith(answers) }).octets(queryFor('www.example.org NS'));
    expect(octets).toHaveLength(33 + 10 * (12 + 5));
  });
});

describe('any response', () => {
  const label = fc.constantFrom('a', 'b', 'Long-label-of-some-octets', '*', '_tcp');
  const name = fc.array(label, { maxLength: 4 }).map((labels) => [...labels, 'example', 'org'].join('.'));
  const set = fc.oneof(
    fc.tuple(name, fc.integer({ min: 1, max: 30 })).map(([owner, count]) => many(owner, count)),
    fc
      .tuple(name, fc.constantFrom(2, 5, 12), fc.array(name, { minLength: 1, maxLength: 8 }))
      .map(([owner, type, targets]) => nameSet(owner, type, ...targets)),
    fc
      .tuple(name, fc.uint8Array({ minLength: 1, maxLength: 300 }))
      .map(([owner, rdata]) => ({ ...addressSet(owner), type: 65_280, rdata: [rdata] })),
  );
  const sets = fc.array(set, { maxLength: 6 });

  it('goes out with whole sets only, the first ones of each section, and TC when one that is needed is missing', async () => {
    await fc.assert(
      fc.asyncProperty(sets, sets, sets, fc.integer({ min: 0, max: 1400 }), async (answers, authorities, additionals, size) => {
        const response = responseWith(answers, { authorities, additionals });
        const under = new TestPipeline({ chain: () => response });
        const octets = (await under.octets(queryFor('a.example.org A', edns([], { udpPayloadSize: size })))) as Buffer;
        const whole = await under.message(queryFor('a.example.org A', edns()), 'tcp');
        const message = decodeMessage(octets);
        expect(octets.length).toBeLessThanOrEqual(Math.max(512, Math.min(size, 1232)));
        for (const [section, of] of [
          ['answers', answers],
          ['authorities', authorities],
          ['additionals', additionals],
        ] as const) {
          const sent = message[section].map(formatRecord);
          expect(sent).toEqual(whole[section].map(formatRecord).slice(0, sent.length));
          expect([0, ...of.map((_, index) => of.slice(0, index + 1).reduce((sum, { rdata }) => sum + rdata.length, 0))]).toContain(
            sent.length,
          );
        }
        expect(whole.answers).toHaveLength(answers.reduce((sum, { rdata }) => sum + rdata.length, 0));
        expect(whole.truncated).toBe(false);
        if (message.answers.length < whole.answers.length) expect(message.truncated).toBe(true);
        if (message.truncated) expect(message.additionals).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
