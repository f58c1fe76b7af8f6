import fc from 'fast-check';
import { dnsNameToWire } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';

import { addressOctets } from '../../transport/client-address.ts';
import { type RateLimitOptions, type RateVerdict, ResponseRateLimiter } from './response-rate-limiter.ts';

const name = dnsNameToWire('web.example.org');
const client = addressOctets('192.0.2.1');

function limiterAt(options: Omit<RateLimitOptions, 'nowMs'>): { limiter: ResponseRateLimiter; advance: (seconds: number) => void } {
  let now = 1000;
  return { limiter: new ResponseRateLimiter({ ...options, nowMs: () => now }), advance: (seconds) => (now += seconds * 1000) };
}

const judge = (limiter: ResponseRateLimiter, count: number, address = client): RateVerdict[] =>
  Array.from({ length: count }, () => limiter.judge(address, 'responses', name, 1));

describe('response-rate limiting', () => {
  it('sends what is allowed in a second, then every second answer slips', () => {
    const { limiter } = limiterAt({ perSecond: { responses: 3 } });
    expect(judge(limiter, 7)).toEqual(['send', 'send', 'send', 'drop', 'slip', 'drop', 'slip']);
  });

  it.each([
    [0, ['drop', 'drop', 'drop', 'drop']],
    [1, ['slip', 'slip', 'slip', 'slip']],
    [3, ['drop', 'drop', 'slip', 'drop']],
  ])('with a slip of %i', (slip, expected) => {
    const { limiter } = limiterAt({ perSecond: { responses: 1 }, slip });
    expect(judge(limiter, 5)).toEqual(['send', ...expected]);
  });

  it('goes on for as long as the questions do, and ends with them', () => {
    const { limiter, advance } = limiterAt({ perSecond: { responses: 10 }, windowSeconds: 2, slip: 0 });
    for (let second = 0; second < 20; second++) {
      const sent = judge(limiter, 100).filter((verdict) => verdict === 'send').length;
      expect(sent).toBe(second === 0 ? 10 : 0);
      advance(1);
    }
    // A debt of two seconds, of which one has passed.
    advance(0.9);
    expect(judge(limiter, 1)).toEqual(['drop']);
    advance(1);
    expect(judge(limiter, 1)).toEqual(['send']);
  });

  it('knows networks, not hosts', () => {
    const { limiter } = limiterAt({ perSecond: { responses: 1 }, slip: 0 });
    expect(judge(limiter, 1)).toEqual(['send']);
    expect(judge(limiter, 1, addressOctets('192.0.2.200'))).toEqual(['drop']);
    expect(judge(limiter, 1, addressOctets('192.0.3.1'))).toEqual(['send']);
    expect(judge(limiter, 1, addressOctets('2001:db8:0:1ff::1'))).toEqual(['send']);
    expect(judge(limiter, 1, addressOctets('2001:db8:0:100::2'))).toEqual(['drop']);
    expect(judge(limiter, 1, addressOctets('2001:db8:0:200::1'))).toEqual(['send']);
    const hosts = limiterAt({ perSecond: { responses: 1 }, ipv4PrefixLength: 31 }).limiter;
    expect(judge(hosts, 1)).toEqual(['send']);
    expect(judge(hosts, 1, addressOctets('192.0.2.0'))).toEqual(['drop']);
    expect(judge(hosts, 1, addressOctets('192.0.2.2'))).toEqual(['send']);
  });

  it('counts names, types and kinds apart', () => {
    const { limiter } = limiterAt({ perSecond: { responses: 1, nodata: 1, errors: 1 }, slip: 0 });
    expect(limiter.judge(client, 'responses', name, 1)).toBe('send');
    expect(limiter.judge(client, 'responses', name, 28)).toBe('send');
    expect(limiter.judge(client, 'nodata', name, 0)).toBe('send');
    expect(limiter.judge(client, 'responses', dnsNameToWire('www.example.org'), 1)).toBe('send');
    expect(limiter.judge(client, 'errors', undefined, 0)).toBe('send');
    expect(limiter.judge(client, 'errors', undefined, 0)).toBe('drop');
    expect(limiter.judge(client, 'nxdomains', name, 0)).toBe('send');
    expect(limiter.judge(client, 'nxdomains', name, 0)).toBe('send');
  });

  it('never sends more than the window allows, whatever the times are', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 50, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { maxLength: 200 }),
        (perSecond, pauses) => {
          const { limiter, advance } = limiterAt({ perSecond: { responses: perSecond } });
          let sent = 0;
          let seconds = 0;
          for (const pause of pauses) {
            advance(pause);
            seconds += pause;
            if (limiter.judge(client, 'responses', name, 1) === 'send') sent++;
          }
          expect(sent).toBeLessThanOrEqual(perSecond * seconds + Math.max(1, perSecond) + 1e-3);
        },
      ),
    );
  });

  it('holds a victim’s account through a flood of other names', () => {
    const { limiter } = limiterAt({ perSecond: { responses: 5 }, maxTableSize: 1000, slip: 0 });
    judge(limiter, 50);
    for (let n = 0; n < 5000; n++) limiter.judge(client, 'responses', dnsNameToWire(`n${n}.example.org`), 1);
    expect(judge(limiter, 1)).toEqual(['drop']);
  });
});
