import { describe, expect, it } from 'vitest';

import { reachableAddresses, type Surroundings } from './reachable-addresses.ts';

const host: Surroundings = {
  isPod: false,
  interfaces: {
    lo: [
      { address: '127.0.0.1', family: 'IPv4', internal: true },
      { address: '::1', family: 'IPv6', internal: true },
    ],
    eth0: [
      { address: '192.0.2.1', family: 'IPv4', internal: false },
      { address: '2001:db8::1', family: 'IPv6', internal: false },
      { address: 'fe80::1', family: 'IPv6', internal: false },
    ],
    eth1: [
      { address: '10.0.0.1', family: 'IPv4', internal: false },
      { address: '169.254.7.7', family: 'IPv4', internal: false },
    ],
  },
};
const pod: Surroundings = { ...host, isPod: true };

describe('the addresses at which others reach a server', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['that listens on all of IPv4', ['0.0.0.0'], ['192.0.2.1', '10.0.0.1']],
    ['that listens on all of IPv6', ['::'], ['2001:db8::1']],
    ['that listens on everything', [''], ['192.0.2.1', '10.0.0.1', '2001:db8::1']],
    ['that listens on two', ['192.0.2.7', '2001:db8::7', '192.0.2.7'], ['192.0.2.7', '2001:db8::7']],
    ['that listens on loopback too', ['127.0.0.1', '192.0.2.7'], ['192.0.2.7']],
    ['that listens on loopback only', ['127.0.0.1', '::1'], ['127.0.0.1', '::1']],
    ['that listens on a link', ['fe80::1%eth0', '192.0.2.7'], ['192.0.2.7']],
    ['that does not listen', [], []],
  ])('%s', (_what, hosts, expected) => {
    expect(reachableAddresses(hosts, host)).toEqual(expected);
  });

  it('are not those of a pod', () => {
    expect(reachableAddresses([''], pod)).toEqual([]);
    expect(reachableAddresses(['192.0.2.1'], pod)).toEqual([]);
    expect(reachableAddresses(['127.0.0.1'], pod)).toEqual(['127.0.0.1']);
  });
});
