import { type ArenaAnswer, nameFlags } from '@seamark/netio';

import { recordTypes } from '../wire/record-type.ts';
import { additionalNames } from '../zone/answer/additional-names.ts';
import type { Rrset, Zone, ZoneNode } from '../zone/tree/index.ts';
import { answerForJavaScript } from './arena-answer.ts';
import type { AnswerComposer } from './compose-answers.ts';
import { encodedOctets, isCompressed, plainOctets } from './record-octets.ts';

/** What the arena holds of a name. */
export interface CompiledNode {
  readonly flags: number;
  readonly answers: readonly ArenaAnswer[];
}

const authoritativeAnswer = 0x0400;
/** An answer above this goes to JavaScript: few are, and the arena's are bounded. */
const maxAnswerOctets = 16 * 1024;
const maxAnswers = 32;
const noAnswers: readonly ArenaAnswer[] = [];
/** SkyDNS gives every host an SRV; one that is asked for stands at a name like `_http._tcp` (RFC 2782). */
const underscore = 0x5f;
/** Octets of SOA's RDATA from its serial on. */
const soaTailOctets = 20;

/** Compiles a name of a zone. Delegations and what lies below a DNAME go to JavaScript; what takes from other names `composer` makes. */
export function compileNode<T>(
  node: ZoneNode<T>,
  name: Uint8Array,
  zone: Zone<T>,
  rrsets: readonly Rrset[],
  soa: Rrset | undefined,
  sharedSerial: boolean,
  composer: Pick<AnswerComposer<T>, 'alias' | 'with'>,
): CompiledNode {
  const wildcard = node.hasWildcard ? nameFlags.wildcard : 0;
  if (node.isCut) return { flags: nameFlags.ask | nameFlags.askBelow, answers: noAnswers };
  const flags = wildcard | (node.hasDname ? nameFlags.askBelow : 0);
  if (rrsets.length === 0 && soa === undefined) return { flags, answers: noAnswers };
  const answers: ArenaAnswer[] = [];
  for (const rrset of rrsets) {
    if (rrset.type === recordTypes.SRV && name[1] !== underscore) {
      answers.push(answerForJavaScript(rrset.type));
      continue;
    }
    const isAlone = isAddress(rrset) || additionalNames(rrset, name).length === 0;
    answers.push(isAlone ? compileRrset(rrset, name, node.isWildcard) : composer.with(node, name, zone, rrset, name));
  }
  // Whatever else is asked follows the alias.
  for (const rrset of rrsets) {
    if (rrset.type === recordTypes.CNAME) answers.push(...composer.alias(node, name, zone, rrset));
  }
  if (soa !== undefined) {
    const answer = compileRrset(soa, name, false);
    answers.push(sharedSerial ? { ...answer, serialAt: answer.octets.length - soaTailOctets } : answer);
    // The zone above has the say about DS (RFC 4035 3.1.4.1).
    answers.push(answerForJavaScript(recordTypes.DS));
  }
  return answers.length > maxAnswers ? { flags: flags | nameFlags.ask, answers: noAnswers } : { flags, answers };
}

/** The answer that is one RRset of a name. */
export function compileRrset(rrset: Rrset, name: Uint8Array, isWildcard: boolean): ArenaAnswer {
  if (rrset.volatile === true) return answerForJavaScript(rrset.type);
  // Pointers into the question hold for one name only; a wildcard answers for many.
  const shared = isCompressed(rrset.type) && !isWildcard ? encodedOctets(name, { ...rrset, owner: name }) : plainOctets(rrset);
  if (shared.length > maxAnswerOctets) return answerForJavaScript(rrset.type);
  const octets = shared.slice();
  const count = rrset.rdata.length;
  const first = rrset.rdata[0] as Uint8Array;
  const isEven = isAddress(rrset) && rrset.rdata.every(({ length }) => length === first.length);
  return {
    type: rrset.type,
    ask: false,
    responseCode: 0,
    flags: authoritativeAnswer,
    answers: count,
    authorities: 0,
    additionals: 0,
    unit: isEven && count > 1 ? octets.length / count : 0,
    serialAt: undefined,
    octets,
  };
}

function isAddress({ type }: Rrset): boolean {
  return type === recordTypes.A || type === recordTypes.AAAA;
}
