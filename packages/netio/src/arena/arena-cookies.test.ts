import { unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { addonRequirement } from '../testing/addon-requirement.ts';
import { query, wireName, withOptions } from '../testing/octets.ts';
import { addresses, testZone } from '../testing/zone.ts';
import { type AnswerArena, openArena } from './answer-arena.ts';
import { ArenaBatch, type ArenaCookies } from './arena-batch.ts';

const skipped = unmet('cookies of the arena', addonRequirement());
const cookieCode = 10;
const out = new Uint8Array(65_535);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const secret = hex('e5e973e5a6b2a43f48e7dc849e37bfcf');
const rolled = hex('445536bcd2513298075a5d379663c962');
const address = Uint8Array.of(198, 51, 100, 100);

function open(cookies?: ArenaCookies): AnswerArena {
  const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
  if (arena === undefined) throw new Error('no addon');
  const batch = new ArenaBatch();
  batch.flags(0);
  batch.putZone(testZone(1));
  batch.putName(wireName('test'), 0, 0, []);
  batch.putName(wireName('a.test'), 0, 0, [addresses(1, 0, 1)]);
  arena.apply(batch);
  if (cookies !== undefined) arena.setCookies(cookies);
  return arena;
}

interface Asking {
  readonly nowSeconds?: number;
  readonly from?: Uint8Array | undefined;
  readonly stream?: boolean;
}

/** The cookie of the answer; `none` without any, `ask` when JavaScript must answer. */
function cookieOf(arena: AnswerArena, cookie: Uint8Array, { nowSeconds = 1_559_731_985, stream = false, ...asking }: Asking = {}): string {
  const from = 'from' in asking ? asking.from : address;
  const asked = withOptions(query(1, 'a.test', 1), [cookieCode, cookie]);
  const length = arena.answer(asked, out, stream, from === undefined ? undefined : { address: from, nowSeconds });
  if (length <= 0) return 'ask';
  const options = Buffer.from(out.subarray(query(1, 'a.test', 1).length + 16 + 11, length));
  return options.length === 0 ? 'none' : options.subarray(4).toString('hex');
}

describe.skipIf(skipped)('cookies of the arena', () => {
  // RFC 9018 appendix A.
  test.each([
    ['A.1', secret, '2464c4abcf10c957', '198.51.100.100', 1_559_731_985, '2464c4abcf10c957010000005cf79f111f8130c3eee29480'],
    ['A.2', secret, '2464c4abcf10c957', '198.51.100.100', 1_559_734_385, '2464c4abcf10c957010000005cf7a871d4a564a1442aca77'],
    ['A.3', secret, 'fc93fc62807ddb86', '203.0.113.203', 1_559_734_700, 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e'],
    [
      'A.4',
      rolled,
      '22681ab97d52c298',
      '20010db80220000159ded0f4876982b8',
      1_559_741_961,
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    ],
  ])('are those of RFC 9018 %s', (_name, key, own, host, nowSeconds, expected) => {
    const from = host.includes('.') ? Uint8Array.from(host.split('.').map(Number)) : hex(host);
    expect(cookieOf(open({ policy: 'answer', secrets: [key] }), hex(own), { nowSeconds, from })).toBe(expected);
    // It proves the address, and is given back while it is fresh, whatever its reserved octets.
    expect(cookieOf(open({ policy: 'require', secrets: [key] }), hex(expected), { nowSeconds: nowSeconds + 1800, from })).toBe(expected);
  });

  test('hold whatever their reserved octets are, and are replaced when they grow old (RFC 9018 A.3)', () => {
    const arena = open({ policy: 'require', secrets: [secret] });
    const given = hex('fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5');
    const from = Uint8Array.of(203, 0, 113, 203);
    expect(cookieOf(arena, given, { nowSeconds: 1_559_727_985, from })).toBe(Buffer.from(given).toString('hex'));
    const renewed = 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e';
    expect(cookieOf(open({ policy: 'answer', secrets: [secret] }), given, { nowSeconds: 1_559_734_700, from })).toBe(renewed);
    expect(cookieOf(arena, given, { nowSeconds: 1_559_734_700, from })).toBe('ask'); // over an hour old: JavaScript says BADCOOKIE
  });

  test('of the second secret are taken and replaced (RFC 9018 A.4)', () => {
    const other = hex('dd3bdf9344b678b185a6f5cb60fca715');
    const from = hex('20010db80220000159ded0f4876982b8');
    const option = hex('22681ab97d52c298010000005cf7c57926556bd0934c72f8');
    const asking = { nowSeconds: 1_559_741_961, from };
    expect(cookieOf(open({ policy: 'require', secrets: [rolled, other] }), option, asking)).toBe(
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    );
    expect(cookieOf(open({ policy: 'require', secrets: [rolled] }), option, asking)).toBe('ask');
  });

  test.each([
    [0, 'fresh'],
    [1800, 'fresh'],
    [1801, 'new'],
    [3600, 'new'],
    [3601, 'ask'],
    [-300, 'fresh'],
    [-301, 'ask'],
  ])('that are %i seconds old are %s', (age, expected) => {
    const arena = open({ policy: 'require', secrets: [secret] });
    const own = hex('0102030405060708');
    const made = 5; // the counter of seconds has just begun anew: ages go round with it
    const option = cookieOf(arena, own, { nowSeconds: made, stream: true });
    const nowSeconds = (made + age) >>> 0;
    const answered = cookieOf(arena, hex(option), { nowSeconds });
    expect(answered === option ? 'fresh' : answered === 'ask' ? 'ask' : 'new').toBe(expected);
  });

  test('go to JavaScript until it says what to do, when nobody says who asks, and with a length that is none', () => {
    const own = new Uint8Array(8);
    expect(cookieOf(open(), own)).toBe('ask');
    expect(cookieOf(open({ policy: 'answer', secrets: [secret] }), own, { from: undefined })).toBe('ask');
    const arena = open({ policy: 'answer', secrets: [secret] });
    const answered = Array.from({ length: 50 }, (_, length) => length).filter(
      (length) => cookieOf(arena, new Uint8Array(length)) !== 'ask',
    );
    expect(answered).toEqual([8, ...Array.from({ length: 25 }, (_, index) => 16 + index)]);
    expect(cookieOf(open({ policy: 'ignore' }), new Uint8Array(3))).toBe('none');
  });

  test('must have secrets of 16 octets', () => {
    expect(() => open({ policy: 'answer', secrets: [new Uint8Array(8)] })).toThrow(RangeError);
  });
});

describe.skipIf(skipped)('options of EDNS', () => {
  const ignored = [8, 9, 65_001].map((code) => [code, Uint8Array.of(0, 1, 24, 0, 192, 0, 2)] as const);

  test('that mean nothing to an answer are ignored', () => {
    const arena = open();
    expect(arena.answer(withOptions(query(1, 'a.test', 1), ...ignored), out, false)).toBeGreaterThan(0);
  });

  test('that ask for something on a stream are ignored over UDP only', () => {
    const arena = open();
    for (const code of [11, 12]) {
      const asked = withOptions(query(1, 'a.test', 1), [code, new Uint8Array(0)]);
      expect([arena.answer(asked, out, false) > 0, arena.answer(asked, out, true)]).toEqual([true, 0]);
    }
  });

  test('that do not fill the OPT are for JavaScript', () => {
    const asked = withOptions(query(1, 'a.test', 1), [8, new Uint8Array(4)]);
    asked[asked.length - 5] = 9;
    expect(open().answer(asked, out, false)).toBe(0);
  });
});
