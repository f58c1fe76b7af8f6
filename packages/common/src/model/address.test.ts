import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  addressFamily,
  addressFromBytes,
  addressToBytes,
  addToAddress,
  compareAddresses,
  formatAddress,
  type Ipv4Address,
  ipv4FromNumber,
  type Ipv6Address,
  ipv6FromBigInt,
  isIpv4Address,
  isIpv4MappedAddress,
  parseAddress,
  tryParseAddress,
  tryParseZonedAddress,
  unmapAddress,
} from './index.ts';

const ipv4 = fc.nat({ max: 0xffff_ffff }).map(ipv4FromNumber);
// Runs of zero groups are what the text form is about, so they must be common.
const ipv6 = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => ipv6FromBigInt(groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n)));
const address = fc.oneof(ipv4, ipv6);

describe('reading an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['::FFFF:102:304', '::ffff:1.2.3.4'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::1.2.3.4', '::102:304'],
  ])('%s is %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text))).toBe(canonical);
  });

  test.each([
    ['', 'it is empty'],
    ['example', 'it has neither the dots of IPv4 nor the colons of IPv6'],
    ['1.2.3', 'IPv4 has four octets, not 3'],
    ['1.2.3.4.5', 'IPv4 has four octets, not more'],
    ['1.2.3.', 'an IPv4 octet is empty'],
    ['.1.2.3', 'an IPv4 octet is empty'],
    ['1..2.3', 'an IPv4 octet is empty'],
    ['01.2.3.4', 'an IPv4 octet has a leading zero'],
    ['1.2.3.00', 'an IPv4 octet has a leading zero'],
    ['1.2.3.256', 'an IPv4 octet is above 255'],
    ['1.2.3.99999999999999999999', 'an IPv4 octet is above 255'],
    ['1.2.3.x', 'it contains "x"'],
    [' 1.2.3.4', 'it contains a blank'],
    ['1.2.3.4 ', 'it contains a blank'],
    ['١.2.3.4', 'it contains "١"'],
    ['1:2:3:4:5:6:7', 'IPv6 has eight groups, not 7'],
    ['1:2:3:4:5:6:7:8:9', 'IPv6 has eight groups, not more'],
    ['1:2:3:4:5:6:7:8::', '"::" must stand for at least one group'],
    ['::1::', '"::" may stand once'],
    [':::', 'an IPv6 group is empty'],
    [':1::', 'an IPv6 group is empty'],
    ['1:', 'it ends in a single colon'],
    ['12345::', 'an IPv6 group has more than four hex digits'],
    ['::g', 'it contains "g"'],
    ['1:2:3:4:5:6:7:1.2.3.4', 'dotted IPv4 inside IPv6 must be its last 32 bits'],
    ['1.2.3.4::', 'it contains ":"'],
    ['::1.2.3.04', 'an IPv4 octet has a leading zero'],
    ['::1.2.3', 'IPv4 has four octets, not 3'],
    ['fe80::1%eth0', 'a zone (%…) is not allowed here'],
  ])('"%s" is refused: %s', (text, problem) => {
    expect(tryParseAddress(text)).toEqual({ ok: false, problem });
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: 'SM_ADDRESS_INVALID', message: `"${text}" is not an IP address: ${problem}` }),
    );
  });

  test('a zone is kept beside the address where it is asked for, and never behind IPv4', () => {
    expect(tryParseZonedAddress('fe80::1%eth0')).toEqual({ ok: true, value: { address: parseAddress('fe80::1'), zone: 'eth0' } });
    expect(tryParseZonedAddress('fe80::1')).toEqual({ ok: true, value: { address: parseAddress('fe80::1') } });
    expect(tryParseZonedAddress('fe80::1%').ok).toBe(false);
    expect(tryParseZonedAddress('192.0.2.1%eth0').ok).toBe(false);
  });

  test('any address survives text and octets, and its text is its only canonical one', () => {
    fc.assert(
      fc.property(address, (value) => {
        const text = formatAddress(value);
        expect(parseAddress(text)).toBe(value);
        expect(addressFromBytes(addressToBytes(value))).toBe(value);
        // RFC 5952: lower case, no leading zeros in a group, `::` for the longest run and never for one group.
        if (addressFamily(value) === 'IPv6') {
          expect(text).toMatch(/^[0-9a-f:.]+$/);
          expect(text).not.toMatch(/(^|:)0[0-9a-f]/);
          expect(text.split('::').length).toBeLessThanOrEqual(2);
          if (!text.includes('::')) expect(text).not.toMatch(/(^|:)0:0(:|$)/);
        }
      }),
    );
  });

  test('arbitrary text never throws from the non-throwing form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%]{0,45}$/)), (text) => {
        const result = tryParseAddress(text);
        if (result.ok) expect(parseAddress(formatAddress(result.value))).toBe(result.value);
        else expect(result.problem).not.toBe('');
      }),
    );
  });

  test('agrees with the platform on what is an address', async () => {
    const { isIPv4, isIPv6 } = await import('node:net');
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,20}$/), fc.stringMatching(/^(:?[0-9a-f]{1,4}:?){1,9}$/)),
        (text) => {
          expect(tryParseAddress(text).ok).toBe(isIPv4(text) || isIPv6(text));
        },
      ),
    );
  });
});

describe('the value of an address', () => {
  test('addresses of one value are one key', () => {
    const keys = new Set([
      parseAddress('2001:db8::1'),
      parseAddress('2001:DB8:0::0001'),
      parseAddress('192.0.2.1'),
      parseAddress('192.0.2.1'),
    ]);
    expect(keys.size).toBe(2);
  });

  test('the family shows in the type, and an IPv4-mapped address is IPv6 until it is unmapped', () => {
    const mapped = parseAddress('::ffff:192.0.2.1');
    expect([addressFamily(mapped), isIpv4Address(mapped), isIpv4MappedAddress(mapped)]).toEqual(['IPv6', false, true]);
    expect(unmapAddress(mapped)).toBe(parseAddress('192.0.2.1'));
    expect(unmapAddress(parseAddress('::1.2.3.4'))).toBe(parseAddress('::1.2.3.4'));
    expect(unmapAddress(parseAddress('1:0:0:0:0:ffff:1.2.3.4'))).toBe(parseAddress('1::ffff:1.2.3.4'));
  });

  test('moving is exact, reversible, and stops at the ends of the address space', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: -0xffff_ffff, max: 0xffff_ffff }), (value, offset) => {
        const moved = addToAddress(value, offset);
        const exact = BigInt(value) + BigInt(offset);
        expect(moved === undefined ? undefined : BigInt(moved)).toBe(exact >= 0n && exact < 1n << 32n ? exact : undefined);
        if (moved !== undefined) expect(addToAddress(moved, BigInt(-offset))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(ipv6, fc.bigInt({ min: -(1n << 128n), max: 1n << 128n }), (value, offset) => {
        const exact = value + offset;
        expect(addToAddress(value, offset)).toBe(exact >= 0n && exact < 1n << 128n ? exact : undefined);
      }),
    );
    expect(addToAddress(parseAddress('255.255.255.255'), 1)).toBeUndefined();
    expect(addToAddress(parseAddress('::'), -1)).toBeUndefined();
    expect(addToAddress(parseAddress('10.0.0.1'), 1n << 100n)).toBeUndefined();
  });

  test('ordering is total: IPv4 before IPv6, then by value', () => {
    const sorted = ['::1', '10.0.0.10', '2001:db8::', '::', '10.0.0.9'].map(parseAddress).toSorted(compareAddresses).map(formatAddress);
    expect(sorted).toEqual(['10.0.0.9', '10.0.0.10', '::', '::1', '2001:db8::']);
    fc.assert(
      fc.property(address, address, (a, b) => {
        expect(compareAddresses(a, b) + compareAddresses(b, a)).toBe(0);
        expect(compareAddresses(a, b) === 0).toBe(a === b);
      }),
    );
  });

  test.each([[-1], [2 ** 32], [1.5], [Number.NaN]])('%s is not the value of an IPv4 address', (value) => {
    expect(() => ipv4FromNumber(value)).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
  });

  test('values and octets of no address are refused', () => {
    expect(() => ipv6FromBigInt(-1n)).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
    expect(() => ipv6FromBigInt(1n << 128n)).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
    expect(() => addressFromBytes(new Uint8Array(5))).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
  });

  test('octets are read where the view starts, not where its buffer does', () => {
    const buffer = Uint8Array.of(9, 9, 192, 0, 2, 1);
    expect(addressFromBytes(buffer.subarray(2))).toBe(parseAddress('192.0.2.1'));
  });

  test('types tell the families apart', () => {
    const four: Ipv4Address = ipv4FromNumber(1);
    const six: Ipv6Address = ipv6FromBigInt(1n);
    expect(formatAddress(four)).toBe('0.0.0.1');
    expect(formatAddress(six)).toBe('::1');
  });
});
