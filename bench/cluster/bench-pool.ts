import type { Lab } from '@seamark/e2e/lab/index';

/**
 * Addresses of both sides' pool. The first are free ones of the LAN, where the DNS Service gets its address, as it is the first
 * Service; the network that RFC 2544 sets aside makes the pool big enough for every figure.
 */
export function benchPool(lab: Lab): readonly string[] {
  return [lab.pools.ipv4, '198.18.0.0/16'];
}
