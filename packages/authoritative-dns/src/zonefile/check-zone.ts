import type { Position } from '../chain/setup.ts';
import { checkOwner } from './check-owner.ts';
import { checkTargets } from './check-targets.ts';
import { compareOctets, nameSortKey } from './canonical-order.ts';
import { nameToText } from '../wire/presentation/name-text.ts';
import { recordTypeName, recordTypes } from '../wire/record-type.ts';
import { ownerText, ZoneOwners } from './zone-owners.ts';
import type { ZoneProblem, ZoneRecord } from './zone-record.ts';

const atSign = 0x40;

/** The outcome of {@link checkZone}. */
export interface CheckedZone {
  /** The records that the zone consists of: within it, each once, one TTL an RRset. In the order in which they came. */
  readonly records: readonly ZoneRecord[];
  readonly problems: readonly ZoneProblem[];
}

/** Notes a problem with a record. */
export type Report = (severity: ZoneProblem['severity'], rule: string, record: ZoneRecord, problem: string) => void;

/**
 * Checks that records make a zone: rules of RFC 1034 4.2.1, 2136 (CNAME alone), 2181 5, 4592 4, 6672 2.3 and what makes a delegation
 * work. Records outside the zone, repeated ones and differing TTLs are corrected in the result, with a warning. `origin` is a name
 * in wire form; `file` stands in for a place when there is no record to point at.
 */
export function checkZone(records: Iterable<ZoneRecord>, origin: Uint8Array, file = 'zone'): CheckedZone {
  const problems: ZoneProblem[] = [];
  const report: Report = (severity, rule, record, problem) => problems.push({ rule, severity, problem, at: record.at });
  const owners = new ZoneOwners(origin);
  const apexText = nameToText(origin);
  let strayedSoa: ZoneRecord | undefined;
  let key = '';
  let keyOf: Uint8Array | undefined;
  for (const record of records) {
    // Records of one owner mostly stand together and share its array.
    if (record.owner !== keyOf) [key, keyOf] = [nameSortKey(record.owner), record.owner];
    if (record.type === recordTypes.SOA && key !== owners.apexKey) strayedSoa ??= record;
    if (key.startsWith(owners.apexKey)) owners.add(record, key);
    else report('warning', 'out_of_zone', record, `${nameToText(record.owner)} is not in the zone ${apexText}: the record is left out`);
  }

  const kept: ZoneRecord[] = [];
  for (const owner of owners.byKey.values()) {
    for (const [type, set] of owner.types) {
      const one = set.length === 1 ? set : oneOfEach(set, report);
      owner.types.set(type, one);
      for (const record of one) kept.push(record);
    }
  }
  checkApex(owners, apexText, { file, line: 1 }, strayedSoa, problems);
  for (const [ownerKey, owner] of owners.byKey) checkOwner(owners, owner, ownerKey, report);
  checkTargets(owners, report);
  problems.sort((a, b) => (a.at.file === b.at.file ? a.at.line - b.at.line : 0));
  return { records: kept, problems };
}

/** An RRset without repeated RDATA (RFC 2181 5), all with the least TTL (5.2). */
function oneOfEach(set: readonly ZoneRecord[], report: Report): ZoneRecord[] {
  const [first] = set as [ZoneRecord];
  const name = `${nameToText(first.owner)} ${recordTypeName(first.type)}`;
  const sorted = set.toSorted((a, b) => compareOctets(a.rdata, b.rdata));
  const repeated = new Set<ZoneRecord>();
  for (const [index, record] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined || compareOctets(before.rdata, record.rdata) !== 0) continue;
    repeated.add(record);
    report('warning', 'repeated', record, `${name} stands twice with the same data, first on line ${before.at.line}: it is taken once`);
  }
  const least = set.reduce((ttl, record) => Math.min(ttl, record.ttlSeconds), Infinity);
  const different = set.find((record) => record.ttlSeconds !== first.ttlSeconds);
  // Signatures have the TTL of what they sign (RFC 4034 3).
  if (different !== undefined && first.type !== recordTypes.RRSIG) {
    report(
      'warning',
      'ttl_differs',
      different,
      `${name} has records with TTL ${first.ttlSeconds} and ${different.ttlSeconds}: all get the least, ${least}`,
    );
    return set.filter((record) => !repeated.has(record)).map((record) => ({ ...record, ttlSeconds: least }));
  }
  return set.filter((record) => !repeated.has(record));
}

function checkApex(
  owners: ZoneOwners,
  apexText: string,
  start: Position,
  strayedSoa: ZoneRecord | undefined,
  problems: ZoneProblem[],
): void {
  const apex = owners.byKey.get(owners.apexKey);
  const soas = apex?.types.get(recordTypes.SOA) ?? [];
  if (soas.length === 0) {
    const problem =
      strayedSoa === undefined
        ? `the zone ${apexText} has no SOA: add one`
        : `the SOA is that of ${nameToText(strayedSoa.owner)}, and the zone is ${apexText}: ${
            owners.isDoubled(nameSortKey(strayedSoa.owner))
              ? 'names without a final dot are relative to the origin'
              : 'correct the one or the other'
          }`;
    problems.push({ rule: 'soa_missing', severity: 'error', problem, at: strayedSoa?.at ?? start });
  }
  const [soa] = soas;
  const mailbox = soa === undefined ? undefined : mailboxOf(soa.rdata);
  if (soa !== undefined && mailbox?.includes(atSign) === true) {
    const problem = `the mailbox of the SOA, ${nameToText(mailbox)}, has an @: write a dot in its place (RFC 1035 8)`;
    problems.push({ rule: 'soa_mailbox', severity: 'warning', problem, at: soa.at });
  }
  const second = soas[1];
  if (second !== undefined) {
    const problem = `${apexText} has ${soas.length} SOA records, the first on line ${soas[0]?.at.line}: keep one`;
    problems.push({ rule: 'soa_twice', severity: 'error', problem, at: second.at });
  }
  if (apex?.types.has(recordTypes.NS) !== true) {
    const problem = `the zone has no NS records: add those of its name servers for ${apexText}`;
    problems.push({ rule: 'ns_missing', severity: 'error', problem, at: soas[0]?.at ?? start });
  }
  for (const [key, owner] of owners.byKey) {
    const soa = key === owners.apexKey ? undefined : owner.types.get(recordTypes.SOA)?.[0];
    if (soa === undefined || (soas.length === 0 && soa === strayedSoa)) continue;
    const problem = `${ownerText(owner)} has an SOA but is not the apex ${apexText}: move it to a zone of its own`;
    problems.push({ rule: 'soa_below_apex', severity: 'error', problem, at: soa.at });
  }
}

/** The second name in the data of an SOA. */
function mailboxOf(rdata: Uint8Array): Uint8Array {
  let start = 0;
  while ((rdata[start] as number) > 0) start += (rdata[start] as number) + 1;
  let end = ++start;
  while ((rdata[end] as number) > 0) end += (rdata[end] as number) + 1;
  return rdata.subarray(start, end + 1);
}
