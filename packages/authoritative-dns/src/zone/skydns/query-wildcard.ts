import { pathOfName } from './key-name.ts';
import { maxRecordsBelow, type RecordsByPath } from './node-rrsets.ts';
import type { SkydnsRecord } from './skydns-record.ts';

/** Most places of the ordered records that one question looks at. */
const maxVisits = 4 * maxRecordsBelow;

/** Whether a label of a name in lower-case wire form is one of SkyDNS's wildcards in questions: `*` or `any`. */
export function hasQueryWildcard(name: Uint8Array): boolean {
  for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) if (isWildcardLabel(name, at)) return true;
  return false;
}

/**
 * Records at and below every name that a question with wildcards means (`prod.*.example.org`): `*` and `any` stand for any one label.
 * The first by path, and no more than {@link maxVisits} places are looked at.
 */
export function recordsOfQueryWildcard(source: RecordsByPath, name: Uint8Array): readonly SkydnsRecord[] {
  const pattern = segmentsOf(name);
  const found: SkydnsRecord[] = [];
  let visits = 0;
  const { prefix } = source;
  source.ordered.visit(prefix + fixedStart(pattern), (record) => {
    if (++visits > maxVisits || found.length >= maxRecordsBelow) return false;
    const segments = record.path.slice(prefix.length).split('/');
    for (const [index, wanted] of pattern.entries()) {
      const segment = segments[index];
      if (segment === undefined) return undefined; // a name above the pattern's; what follows may be below it
      if (wanted === undefined || segment === wanted) continue;
      if (segment < wanted) return prefix + [...segments.slice(0, index), wanted].join('/');
      // Behind the last one that fits here: on with the next sibling of the last wildcard in front, if there is one.
      const wildcard = pattern.slice(0, index).lastIndexOf(undefined);
      return wildcard < 0 ? false : `${prefix}${segments.slice(0, wildcard + 1).join('/')}0`;
    }
    found.push(record);
    return undefined;
  });
  return found;
}

/** Labels from the top, `undefined` for a wildcard. */
function segmentsOf(name: Uint8Array): (string | undefined)[] {
  return pathOfName('', name)
    .split('/')
    .map((segment) => (segment === '*' || segment === 'any' ? undefined : segment));
}

function fixedStart(pattern: readonly (string | undefined)[]): string {
  const fixed = pattern.indexOf(undefined);
  return [...pattern.slice(0, fixed < 0 ? undefined : fixed), ''].join('/');
}

function isWildcardLabel(name: Uint8Array, at: number): boolean {
  if (name[at] === 1) return name[at + 1] === 0x2a;
  return name[at] === 3 && name[at + 1] === 0x61 && name[at + 2] === 0x6e && name[at + 3] === 0x79;
}
