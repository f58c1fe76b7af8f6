import {
  type AddressRange,
  createAddressSequence,
  formatAddress,
  formatPrefix,
  parseAddressRange,
  rangeSize,
  rangesOverlap,
  rangeToPrefixes,
  tryParseAddressRange,
} from '@seamark/common/model';

import { type ConformanceSuite, differences } from '../conformance-suite.ts';

interface RecordedRange {
  readonly input: string;
  readonly accepted: boolean;
  readonly family?: 'ipv4' | 'ipv6' | null;
  /** Decimal text: an IPv6 range exceeds 2^53. */
  readonly count?: string;
  readonly first?: string | null;
  readonly last?: string | null;
  readonly cidrs?: readonly string[];
  /** What is left without .0 and .255. */
  readonly avoidBuggy?: { readonly count: number; readonly first: string | null; readonly last: string | null };
  /** The original accepts the text and makes nothing of it; refusing it is right as well. */
  readonly deviationAllowed?: 'reject';
  readonly reason?: string;
}

interface RecordedOverlap {
  readonly a: string;
  readonly b: string;
  readonly overlap: boolean;
}

/** What address strings of pools mean. */
export const ipranges: ConformanceSuite = {
  name: 'ipranges',
  casesOf(content) {
    const { ranges, overlap } = content as { readonly ranges: readonly RecordedRange[]; readonly overlap: readonly RecordedOverlap[] };
    return [
      ...ranges.map((range, at) => ({ id: `ranges/${at} "${range.input}"`, run: () => compareRange(range) })),
      ...overlap.map((pair, at) => ({ id: `overlap/${at} ${pair.a} and ${pair.b}`, run: () => compareOverlap(pair) })),
    ];
  },
};

function compareRange(recorded: RecordedRange): string[] {
  const result = tryParseAddressRange(recorded.input);
  if (!result.ok) {
    if (!recorded.accepted || recorded.deviationAllowed === 'reject') return [];
    return [`accepted: expected true, got refused: ${result.problem}`];
  }
  if (!recorded.accepted) return [`accepted: expected false (${recorded.reason ?? 'no reason recorded'}), got true`];
  return differences(recordedMeaning(recorded), meaningOf(result.value));
}

function recordedMeaning(recorded: RecordedRange): Record<string, unknown> {
  const { family, count, first, last, cidrs, avoidBuggy } = recorded;
  return { family, count, first, last, cidrs, ...(avoidBuggy === undefined ? {} : { avoidBuggy }) };
}

function meaningOf(range: AddressRange): Record<string, unknown> {
  const usable = createAddressSequence(range, { avoidBuggyIPs: true });
  const textAt = (index: number | bigint): string | null => {
    const address = usable.at(index);
    return address === undefined ? null : formatAddress(address);
  };
  return {
    family: range.family.toLowerCase(),
    count: String(rangeSize(range)),
    first: formatAddress(range.first),
    last: formatAddress(range.last),
    cidrs: rangeToPrefixes(range).map(formatPrefix),
    avoidBuggy: { count: Number(usable.size), first: textAt(0), last: textAt(Number(usable.size) - 1) },
  };
}

function compareOverlap(recorded: RecordedOverlap): string[] {
  const [a, b] = [parseAddressRange(recorded.a), parseAddressRange(recorded.b)];
  return [
    ...differences({ overlap: recorded.overlap }, { overlap: rangesOverlap(a, b) }),
    ...differences({ reversed: recorded.overlap }, { reversed: rangesOverlap(b, a) }),
  ];
}
