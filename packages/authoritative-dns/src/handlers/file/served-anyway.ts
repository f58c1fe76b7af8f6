import type { ZoneProblem } from '../../zonefile/index.ts';

/** What keeps records from being a zone: none of them could be answered (RFC 1034 4.3.4 needs the SOA), or not for certain which. */
const fatalRules: ReadonlySet<string> = new Set(['soa_missing', 'soa_twice']);

/** What is served where records break a rule that is an error of the zone. */
const servedOf: ReadonlyMap<string, string> = new Map([
  ['cname_alone', 'only the CNAME is served'],
  ['cname_apex', 'it is left out'],
  ['cname_twice', 'the first is served'],
  ['dname_twice', 'the first is served'],
  ['dname_delegation', 'the delegation is served'],
  ['below_dname', 'the DNAME is served'],
  ['ns_missing', 'it is served without'],
  ['soa_below_apex', 'it is left out'],
]);

/** Whether a zone with this problem cannot be served. */
export function isFatal({ rule }: ZoneProblem): boolean {
  return rule === 'syntax' || fatalRules.has(rule);
}

/** A problem of a zone that is served all the same: a warning that says what is served. */
export function servedAnyway(problem: ZoneProblem): ZoneProblem {
  const served = servedOf.get(problem.rule);
  return served === undefined ? problem : { ...problem, severity: 'warning', problem: `${problem.problem}; ${served}` };
}
