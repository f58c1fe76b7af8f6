import fc from 'fast-check';
import { expect, test } from 'vitest';

import { addressOfReverseName, ipv4FromNumber, ipv6FromBigInt, isReverseName, parseAddress, reverseNameOf } from './index.ts';

test.each([
  ['172.26.0.2', '2.0.26.172.in-addr.arpa'],
  ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
])('the reverse name of %s is %s', (address, name) => {
  expect(reverseNameOf(parseAddress(address))).toBe(name);
  expect(addressOfReverseName(name)).toBe(parseAddress(address));
});

test('every address is found again by its reverse name', () => {
  const address = fc.oneof(
    fc.nat({ max: 0xffff_ffff }).map(ipv4FromNumber),
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(ipv6FromBigInt),
  );
  fc.assert(
    fc.property(address, (value) => {
      expect(addressOfReverseName(reverseNameOf(value))).toBe(value);
      expect(isReverseName(reverseNameOf(value))).toBe(true);
    }),
  );
});

test.each([
  ['26.172.in-addr.arpa'],
  ['256.0.26.172.in-addr.arpa'],
  ['02.0.26.172.in-addr.arpa'],
  ['1.ip6.arpa'],
  ['0/26.2.0.192.in-addr.arpa'],
  ['example.org'],
  ['.'],
])('%s stands for no single address', (name) => {
  expect(addressOfReverseName(name)).toBeUndefined();
});

test('only names inside the two trees are reverse names', () => {
  expect(['26.172.in-addr.arpa', 'x.ip6.arpa', 'in-addr.arpa', 'xin-addr.arpa', 'example.org'].map(isReverseName)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
