import type { ContentZones } from '../../../handlers/file/content-zones.ts';
import { recordTypes } from '../../../wire/record-type.ts';
import { dnsNameToWire } from '@seamark/common/model';
import type { DnsResponse } from '../../../chain/response.ts';
import type { NormalisedAnswer } from './normalised-answer.ts';

/** One answer of ours beside one of another server. */
export interface Comparison {
  readonly name: string;
  readonly type: string;
  readonly zones: ContentZones;
  readonly server: string;
  readonly response: DnsResponse;
  readonly ours: NormalisedAnswer;
  readonly theirs: NormalisedAnswer;
}

/** A difference that we chose. */
export interface AcceptedDifference {
  readonly name: string;
  readonly reason: string;
  readonly servers: readonly string[];
  readonly applies: (comparison: Comparison) => boolean;
}

/** Every difference from BIND, Knot and NSD that is as it should be. */
export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    name: 'an alias into another zone of the same server is followed',
    reason: 'RFC 6604 3: the response code is that of the last name; BIND and Knot leave the rest to the resolver, NSD follows as we do',
    servers: ['BIND', 'Knot'],
    applies: ({ zones, response, ours, theirs }) =>
      aliasTargets(response).some((target) => zones.tree.find(target).zone?.label !== response.zone) &&
      theirs.rcode === 'NOERROR' &&
      theirs.answer.length > 0 &&
      theirs.answer.every((line) => ours.answer.includes(line)),
  },
  {
    name: 'aliases in a circle are answered',
    reason: 'RFC 1034 3.6.2 and 4.3.2 know no error for them; the records are true, and the resolver ends the circle. BIND says SERVFAIL',
    servers: ['BIND'],
    applies: ({ ours, theirs }) => theirs.rcode === 'SERVFAIL' && ours.rcode === 'NOERROR' && isSameSet(ours.answer, theirs.answer),
  },
  {
    name: 'an RRset stands in an answer once',
    reason: 'RFC 2181 5: an answer has a record once, also one made of a DNAME or a wildcard that leads to itself',
    servers: ['Knot', 'NSD'],
    applies: ({ ours, theirs }) =>
      ours.rcode === theirs.rcode &&
      isSameSet(ours.answer, theirs.answer) &&
      theirs.answer.length > ours.answer.length &&
      isSameSet(ours.authority, theirs.authority),
  },
  {
    name: 'a DNAME that leads below itself is followed for 16 steps',
    reason: 'RFC 6672 2.2 has no limit but the length of names; every server has one of its own',
    servers: ['BIND', 'Knot', 'NSD'],
    applies: ({ ours, theirs }) => ours.answer.length > 16 && theirs.answer.every((line) => ours.answer.includes(line)),
  },
  {
    name: 'a wildcard below a delegation is no glue',
    reason: 'RFC 4592 2.2: wildcards are of the zone, and what is below a cut is not; Knot and NSD make glue of them, BIND does not',
    servers: ['Knot', 'NSD'],
    applies: ({ zones, ours, theirs }) => {
      const { additional: _ours, ...rest } = ours;
      const { additional, ...their } = theirs;
      const extra = additional.filter((line) => !ours.additional.includes(line));
      return (
        JSON.stringify(rest) === JSON.stringify(their) &&
        ours.additional.every((line) => additional.includes(line)) &&
        extra.every((line) => zones.tree.find(dnsNameToWire(line.slice(0, line.indexOf(' ')))).wildcard)
      );
    },
  },
  {
    name: 'DS of an apex to which an alias leads is that of the zone above',
    reason: 'RFC 4035 3.1.4.1: the zone above has it, also when the chain of aliases began below; NSD does the same',
    servers: ['BIND', 'Knot'],
    applies: ({ zones, type, response }) => {
      const last = aliasTargets(response).at(-1);
      return type === 'DS' && last !== undefined && zones.tree.find(last).zone?.node === zones.tree.find(last).node;
    },
  },
  {
    name: 'NSEC asked at a delegation is referred',
    reason: 'RFC 4035 3.1.4: only DS is asked of the zone above; BIND answers its own NSEC, Knot and NSD refer',
    servers: ['BIND'],
    applies: ({ type, ours, theirs }) => type === 'NSEC' && !ours.aa && theirs.aa,
  },
  {
    name: 'every part of a proof is there',
    reason:
      'RFC 4035 3.1.3.4, RFC 5155 7.2.5: a wildcard without the type needs the proof that nothing closer exists and the one about the wildcard; ' +
      'BIND and Knot leave one out when the wildcard is an empty non-terminal, Knot when NSEC or a name with * is asked, NSD behind a DNAME to an apex',
    servers: ['BIND', 'Knot', 'NSD'],
    applies: ({ ours, theirs }) =>
      ours.rcode === theirs.rcode &&
      isSameSet(ours.answer, theirs.answer) &&
      theirs.authority.every((line) => ours.authority.includes(line)) &&
      ours.authority.every((line) => theirs.authority.includes(line) || isProof(line)),
  },
  {
    name: 'a wildcard asked by its own name needs no more proof than any name',
    reason: 'RFC 5155 7.2.3: the NSEC3 of the name; NSD adds that of the name above',
    servers: ['NSD'],
    applies: ({ name, ours, theirs }) =>
      name.startsWith('*.') &&
      ours.rcode === theirs.rcode &&
      isSameSet(ours.answer, theirs.answer) &&
      ours.authority.every((line) => theirs.authority.includes(line)) &&
      theirs.authority.every((line) => ours.authority.includes(line) || isProof(line)),
  },
  {
    name: 'in an opt-out span the closest encloser of a proof is one that has an NSEC3',
    reason:
      'RFC 5155 7.2.1: "closest provable encloser"; NSD begins at the empty non-terminal, which has none there, and Knot then sends neither proof nor SOA',
    servers: ['NSD', 'Knot'],
    applies: ({ zones, server, name, response, ours, theirs }) =>
      zones.tree.find(aliasTargets(response).at(-1) ?? dnsNameToWire(name)).closestEncloser?.payload === undefined &&
      ours.rcode === theirs.rcode &&
      isSameSet(ours.answer, theirs.answer) &&
      ((server === 'Knot' && theirs.authority.length === 0) || isSameSet(withoutProofs(ours), withoutProofs(theirs))),
  },
  {
    name: 'NSEC asked at an alias is not asked of its target',
    reason: 'RFC 4034 4: NSEC stands beside a CNAME, so its absence is an answer; NSD follows the alias where there is none',
    servers: ['NSD'],
    applies: ({ type, ours, theirs }) =>
      type === 'NSEC' && theirs.answer.length > ours.answer.length && ours.answer.every((line) => theirs.answer.includes(line)),
  },
];

function withoutProofs({ authority }: NormalisedAnswer): readonly string[] {
  return authority.filter((line) => !isProof(line));
}

function isProof(line: string): boolean {
  return / in (?:nsec3?|rrsig nsec3?) /.test(line);
}

function aliasTargets(response: DnsResponse): Uint8Array[] {
  return response.answers.filter(({ type }) => type === recordTypes.CNAME).flatMap(({ rdata }) => rdata);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...new Set(a)].toSorted()) === JSON.stringify([...new Set(b)].toSorted());
}
