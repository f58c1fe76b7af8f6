import { addressOctets } from '../../transport/client-address.ts';
import { describe, expect, it } from 'vitest';

import { isCookieLength, ServerCookies } from './server-cookies.ts';
import { sipHash24 } from './siphash.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

describe('SipHash-2-4', () => {
  // The reference implementation's key 00…0f and messages 00, 00 01, …
  it.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
  ])('of %i octets is that of the reference implementation', (length, expected) => {
    const octets = Uint8Array.from({ length: 16 }, (_, index) => index);
    const hash = new Uint8Array(8);
    sipHash24(octets, octets, length, hash, 0);
    expect(text(hash)).toBe(expected);
  });
});

describe('server cookies', () => {
  const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
  const rolled = '445536bcd2513298075a5d379663c962';

  // RFC 9018 appendix A
  it.each([
    ['A.1', secret, '2464c4abcf10c957', '198.51.100.100', 1_559_731_985, '2464c4abcf10c957010000005cf79f111f8130c3eee29480'],
    ['A.2', secret, '2464c4abcf10c957', '198.51.100.100', 1_559_734_385, '2464c4abcf10c957010000005cf7a871d4a564a1442aca77'],
    ['A.3', secret, 'fc93fc62807ddb86', '203.0.113.203', 1_559_734_700, 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e'],
    [
      'A.4',
      rolled,
      '22681ab97d52c298',
      '2001:db8:220:1:59de:d0f4:8769:82b8',
      1_559_741_961,
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    ],
  ])('are those of RFC 9018 %s', (_name, key, clientCookie, address, now, expected) => {
    const cookies = new ServerCookies({ secrets: [hex(key)], nowSeconds: () => now });
    expect(text(cookies.create(hex(clientCookie), addressOctets(address)))).toBe(expected);
    expect(cookies.check(hex(expected), addressOctets(address))).toBe('valid');
  });

  it('hold whatever their reserved octets are (RFC 9018 A.3)', () => {
    const cookies = new ServerCookies({ secrets: [hex(secret)], nowSeconds: () => 1_559_727_985 });
    expect(cookies.check(hex('fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5'), addressOctets('203.0.113.203'))).toBe('valid');
  });

  it('of the second secret are taken and replaced (RFC 9018 A.4)', () => {
    const other = hex('dd3bdf9344b678b185a6f5cb60fca715');
    const option = hex('22681ab97d52c298010000005cf7c57926556bd0934c72f8');
    const address = addressOctets('2001:db8:220:1:59de:d0f4:8769:82b8');
    const cookies = new ServerCookies({ secrets: [hex(rolled), other], nowSeconds: () => 1_559_741_961 });
    expect(cookies.check(option, address)).toBe('old');
    cookies.replace({ secrets: [other], policy: 'answer' });
    expect(cookies.check(option, address)).toBe('valid');
    cookies.replace({ secrets: [hex(rolled)], policy: 'answer' });
    expect(cookies.check(option, address)).toBe('bad');
  });

  it('hold at every server through each step of a new secret (RFC 9018 5)', () => {
    const [before, after] = [hex(secret), hex(rolled)];
    const steps = [[before], [before, after], [after, before], [after]];
    const address = hex('c0000201');
    for (let step = 0; step + 1 < steps.length; step++) {
      const servers = [step, step + 1].map((at) => new ServerCookies({ secrets: steps[at] as Uint8Array[] }));
      for (const made of servers) {
        const option = made.create(hex('0102030405060708'), address);
        expect(servers.map((checking) => checking.check(option, address))).not.toContain('bad');
      }
    }
  });

  it.each([
    [0, 'valid'],
    [1800, 'valid'],
    [1801, 'old'],
    [3600, 'old'],
    [3601, 'bad'],
    [-300, 'valid'],
    [-301, 'bad'],
  ])('that are %i seconds old are %s', (age, expected) => {
    let now = 5; // the counter of seconds has just begun anew: ages go round with it
    const cookies = new ServerCookies({ nowSeconds: () => now });
    const option = cookies.create(hex('0102030405060708'), hex('c0000201'));
    now += age;
    expect(cookies.check(option, hex('c0000201'))).toBe(expected);
  });

  it('hold for one client cookie, one address and unchanged only', () => {
    const cookies = new ServerCookies();
    const address = hex('c0000201');
    const option = cookies.create(hex('0102030405060708'), address);
    expect(cookies.check(option, hex('c0000202'))).toBe('bad');
    for (let at = 0; at < option.length; at++) {
      const changed = Uint8Array.from(option);
      changed[at] = (changed[at] as number) ^ 1;
      // A clock that is one second ahead is no forgery, but the hash covers it.
      expect(cookies.check(changed, address)).toBe('bad');
    }
    expect(cookies.check(option.subarray(0, 8), address)).toBe('bad');
    expect(new ServerCookies().check(option, address)).toBe('bad');
  });

  it('tell their settings to those who answer by the same rules, at once and after each change', () => {
    const cookies = new ServerCookies({ secrets: [hex(secret)] });
    const seen: string[] = [];
    const following = cookies.follow(({ secrets, policy }) => seen.push([policy, ...secrets.map(text)].join(' ')));
    cookies.replace({ secrets: [hex(rolled), hex(secret)], policy: 'require' });
    following[Symbol.dispose]();
    cookies.replace({ secrets: [hex(rolled)], policy: 'answer' });
    expect(seen).toEqual([`answer ${secret}`, `require ${rolled} ${secret}`]);
  });

  it('have 8, or 16 to 40 octets with the client cookie', () => {
    const lengths = Array.from({ length: 50 }, (_, length) => length).filter(isCookieLength);
    expect(lengths).toEqual([8, ...Array.from({ length: 25 }, (_, index) => 16 + index)]);
  });

  it('need one or two secrets of 16 octets', () => {
    for (const count of [0, 3]) {
      const secrets = Array.from({ length: count }, () => hex(secret));
      expect(() => new ServerCookies({ secrets })).toThrow(expect.objectContaining({ code: 'SM_CONFIG_INVALID' }) as Error);
    }
    expect(() => new ServerCookies({ secrets: [new Uint8Array(8)] })).toThrow(
      expect.objectContaining({ code: 'SM_CONFIG_INVALID' }) as Error,
    );
  });
});
