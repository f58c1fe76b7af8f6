import { describe, expect, it } from 'vitest';

import { emptyResponse } from '../chain/response.ts';
import { addressSet, edns, queryFor, responseWith, TestPipeline } from '../testing/pipeline.ts';
import type { DnsMessage } from '../wire/message.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { ServerCookies } from './cookies/server-cookies.ts';

const cookieOption = (data: Uint8Array) => ({ code: 10, data });
const clientCookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const cookieOf = (message: DnsMessage): Uint8Array | undefined => message.edns?.options.find(({ code }) => code === 10)?.data;
const ask = (under: TestPipeline, cookie: Uint8Array, transport: 'udp' | 'tcp' = 'udp', address = '192.0.2.53') =>
  under.message(queryFor('web.example.org A', edns([cookieOption(cookie)])), transport, address);

describe('cookies', () => {
  let now = 1_000_000;
  const proven: (boolean | undefined)[] = [];
  const chain = (request: { validCookie?: boolean }) => (
    proven.push(request.validCookie),
    responseWith([addressSet('web.example.org', '192.0.2.1')])
  );
  const under = new TestPipeline({ chain, cookies: new ServerCookies({ nowSeconds: () => now }) });

  it('are made, come back, and hold', async () => {
    const first = await ask(under, clientCookie);
    const cookie = cookieOf(first) as Uint8Array;
    expect(first.responseCode).toBe(0);
    expect(first.answers).toHaveLength(1);
    expect(cookie.subarray(0, 8)).toEqual(clientCookie);
    expect(cookie).toHaveLength(24);
    now += 100;
    expect(cookieOf(await ask(under, cookie))).toEqual(cookie);
    now += 1800;
    const renewed = cookieOf(await ask(under, cookie)) as Uint8Array;
    expect(renewed).not.toEqual(cookie);
    now += 1800;
    expect(cookieOf(await ask(under, cookie))).not.toEqual(cookie);
    await ask(under, renewed, 'udp', '192.0.2.54');
    expect(proven).toEqual([false, true, true, false, false]);
  });

  it('are left out of answers to queries without', async () => {
    expect((await under.message(queryFor('web.example.org A', edns()))).edns?.options).toEqual([]);
    expect((await under.message(queryFor())).edns).toBeUndefined();
  });

  it.each([0, 1, 7, 9, 15, 41])('of %i octets are FORMERR', async (length) => {
    const message = await ask(under, new Uint8Array(length));
    expect(message).toMatchObject({ responseCode: 1, answers: [], edns: { options: [] } });
  });

  it.each([16, 23, 24, 25, 40])('of %i octets that are not ours are replaced', async (length) => {
    const message = await ask(under, new Uint8Array(length).fill(9));
    expect(message).toMatchObject({ responseCode: 0 });
    expect(cookieOf(message)).toHaveLength(24);
  });

  it('of a second option are ignored (RFC 7873 5.2)', async () => {
    const message = await under.message(queryFor('web.example.org A', edns([cookieOption(clientCookie), cookieOption(new Uint8Array(3))])));
    expect(message).toMatchObject({ responseCode: 0 });
    expect(cookieOf(message)?.subarray(0, 8)).toEqual(clientCookie);
  });

  it('may be asked for alone (RFC 7873 5.4)', async () => {
    const bare = (cookie: Uint8Array): Buffer => {
      const whole = queryFor('web.example.org A', edns([cookieOption(cookie)]));
      const octets = Buffer.concat([whole.subarray(0, 12), whole.subarray(queryFor().length)]);
      octets.writeUInt16BE(0, 4);
      return octets;
    };
    const first = await under.message(bare(clientCookie));
    expect(first).toMatchObject({ responseCode: 0, questions: [] });
    expect(await under.message(bare(cookieOf(first) as Uint8Array))).toMatchObject({ responseCode: 0 });
    const bad = await under.message(bare(new Uint8Array(24)));
    expect(bad).toMatchObject({ responseCode: 23, questions: [] });
    expect(cookieOf(bad)).toHaveLength(24);
    expect(await under.message(bare(new Uint8Array(5)))).toMatchObject({ responseCode: 1 });
    expect(await new TestPipeline().message(bare(clientCookie))).toMatchObject({ responseCode: 1 });
  });

  it('may be required of UDP clients that know them', async () => {
    const strict = new TestPipeline({ cookies: new ServerCookies({ policy: 'require' }) });
    const refused = await ask(strict, clientCookie);
    expect(refused).toMatchObject({ responseCode: 23, answers: [] });
    expect((await ask(strict, cookieOf(refused) as Uint8Array)).responseCode).toBe(0);
    expect((await ask(strict, clientCookie, 'tcp')).responseCode).toBe(0);
    expect((await strict.message(queryFor('web.example.org A', edns()))).responseCode).toBe(0);
  });

  it('are ignored by a server without', async () => {
    expect((await ask(new TestPipeline(), new Uint8Array(3))).edns?.options).toEqual([]);
  });
});

describe('padding (RFC 7830, RFC 8467)', () => {
  const padded = queryFor('web.example.org A', edns([{ code: 12, data: new Uint8Array(20) }]));
  it.each(['tls', 'https'] as const)('fills answers over %s up to 468 octets', async (transport) => {
    expect(await new TestPipeline().octets(padded, transport)).toHaveLength(468);
    const many = Array.from({ length: 60 }, (_, n) => `192.0.2.${n}`);
    const large = new TestPipeline({ chain: () => responseWith([addressSet('web.example.org', ...many)]) });
    expect(await large.octets(padded, transport)).toHaveLength(3 * 468);
    expect((await large.octets(queryFor('web.example.org A', edns()), transport))?.length).toBeLessThan(1100);
  });
  it.each(['udp', 'tcp'] as const)('is left out over %s', async (transport) => {
    expect((await new TestPipeline().message(padded, transport)).edns?.options).toEqual([]);
  });
  it('never makes an answer too long for its frame', async () => {
    for (let octets = 64_600; octets < 65_400; octets += 100) {
      const rdata = Array.from({ length: octets / 100 }, () => new Uint8Array(88));
      const large = new TestPipeline({ chain: () => responseWith([{ ...addressSet('web.example.org'), type: 65_280, rdata }]) });
      const answer = (await large.octets(padded, 'tls')) as Buffer;
      expect(answer.length).toBeLessThanOrEqual(65_535);
      expect(decodeMessage(answer).answers).toHaveLength(octets / 100);
    }
  });
});

describe('keepalive (RFC 7828)', () => {
  const asking = queryFor('web.example.org A', edns([{ code: 11, data: new Uint8Array(0) }]));
  it.each([
    ['udp', []],
    ['tcp', [{ code: 11, data: Uint8Array.of(0, 123) }]],
    ['tls', [{ code: 11, data: Uint8Array.of(0, 123) }]],
    ['https', []],
  ] as const)('over %s', async (transport, options) => {
    expect((await new TestPipeline({ idleTimeoutMs: 12_345 }).message(asking, transport)).edns?.options).toEqual(options);
  });
});

describe('other options', () => {
  it('of the answer are sent to clients with OPT: NSID, extended errors', async () => {
    const under = new TestPipeline({
      chain: () =>
        emptyResponse('test', 5, {
          ednsOptions: [{ code: 3, data: Uint8Array.of(0x61) }],
          extendedErrors: [{ code: 18 }, { code: 20, text: 'not here' }],
        }),
    });
    expect((await under.message(queryFor('web.example.org A', edns()))).edns?.options).toEqual([
      { code: 3, data: Uint8Array.of(0x61) },
      { code: 15, data: Uint8Array.of(0, 18) },
      { code: 15, data: Uint8Array.from(Buffer.from('\0\x14not here', 'latin1')) },
    ]);
    expect((await under.message(queryFor())).edns).toBeUndefined();
  });

  it('of the query are neither echoed nor answered: client subnet, EXPIRE, unknown ones', async () => {
    const options = [8, 9, 65_001].map((code) => ({ code, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }));
    expect(await new TestPipeline().message(queryFor('web.example.org A', edns(options)))).toMatchObject({
      responseCode: 0,
      edns: { options: [] },
    });
  });

  it('that have no room are left out, the last first', async () => {
    const text = 'x'.repeat(600);
    const under = new TestPipeline({ chain: () => emptyResponse('test', 2, { extendedErrors: [{ code: 14 }, { code: 22, text }] }) });
    const message = await under.message(queryFor('web.example.org A', edns([], { udpPayloadSize: 512 })));
    expect(message).toMatchObject({ responseCode: 2, truncated: false, edns: { options: [{ code: 15, data: Uint8Array.of(0, 14) }] } });
  });
});
