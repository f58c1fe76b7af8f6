import type { SkydnsRecord } from './skydns-record.ts';

/**
 * SkyDNS's groups, as CoreDNS has them: the group of the first record counts, unless a record with a strictly shorter key has one
 * (a shorter one without stops the search). Records of other groups are left out; when two groups stand at that same length of key,
 * none is.
 */
export function filterByGroup(records: readonly SkydnsRecord[]): readonly SkydnsRecord[] {
  const [first] = records;
  if (first === undefined || records.every(({ more }) => more.group === '')) return records;
  let { group } = first.more;
  let depth = depthOf(first);
  for (const record of records) {
    if (depthOf(record) >= depth) continue;
    if (record.more.group === '') break;
    depth = depthOf(record);
    ({ group } = record.more);
  }
  if (group === '') return records;
  if (records.some((record) => record.more.group !== '' && record.more.group !== group && depthOf(record) === depth)) return records;
  return records.filter(({ more }) => more.group === '' || more.group === group);
}

/** Segments of the key. */
function depthOf({ path }: SkydnsRecord): number {
  let depth = 0;
  for (let at = 0; at < path.length; at++) if (path.charCodeAt(at) === 0x2f) depth++;
  return depth;
}
