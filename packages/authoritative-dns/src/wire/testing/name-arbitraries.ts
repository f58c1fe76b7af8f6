import { dnsNameFromWire } from '@seamark/common/model';
import fc from 'fast-check';

import { joinOctets } from '../rdata-encoder.ts';

const commonLabel = fc.constantFrom('example', 'Example', 'org', 'a', 'A', 'www', '_tcp', '*', 'xn--fa-hia');
const anyLabel = fc.uint8Array({ minLength: 1, maxLength: 63 });

/** Names in presentation form: many that share suffixes (in mixed case), some of arbitrary octets, some at the limits. */
export const dnsNames: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(commonLabel, { maxLength: 5 }).map((labels) => (labels.length === 0 ? '.' : labels.join('.'))) },
  { weight: 2, arbitrary: fc.array(anyLabel, { minLength: 1, maxLength: 3 }).map(nameOfLabels) },
  { weight: 1, arbitrary: fc.constant(nameOfLabels(Array.from({ length: 127 }, () => Uint8Array.of(0x61)))) },
  { weight: 1, arbitrary: fc.constant(nameOfLabels([63, 63, 63, 61].map((octets) => new Uint8Array(octets).fill(0x2e)))) },
);

function nameOfLabels(labels: readonly Uint8Array[]): string {
  return dnsNameFromWire(joinOctets([...labels.flatMap((label) => [Uint8Array.of(label.length), label]), Uint8Array.of(0)]));
}
