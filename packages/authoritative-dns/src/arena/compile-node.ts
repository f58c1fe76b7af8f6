import { type ArenaAnswer, nameFlags } from '@seamark/netio';

import { recordTypes } from '../wire/record-type.ts';
import { additionalNames } from '../zone/answer/additional-names.ts';
import type { Rrset, ZoneNode } from '../zone/tree/index.ts';
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
const noOctets = new Uint8Array(0);
/** Octets of SOA's RDATA from its serial on. */
const soaTailOctets = 20;

/**
 * Compiles a name of a zone. What needs other names too goes to JavaScript: delegations, what lies below a DNAME, aliases for other
 * types than their own, and types with additional records.
 */
export function compileNode(
  node: ZoneNode<unknown>,
  name: Uint8Array,
  rrsets: readonly Rrset[],
  soa: Rrset | undefined,
  sharedSerial: boolean,
): CompiledNode {
  const wildcard = node.hasWildcard ? nameFlags.wildcard : 0;
  if (node.isCut) return { flags: nameFlags.ask | nameFlags.askBelow, answers: noAnswers };
  const flags = wildcard | (node.hasDname ? nameFlags.askBelow : 0);
  if (rrsets.length === 0 && soa === undefined) return { flags, answers: noAnswers };
  const answers: ArenaAnswer[] = [];
  for (const rrset of rrsets) {
    answers.push(compileRrset(rrset, name, node.isWildcard));
    // Whatever else is asked follows the alias.
    if (rrset.type === recordTypes.CNAME) answers.push(askFor(0));
  }
  if (soa !== undefined) {
    const answer = compileRrset(soa, name, false);
    answers.push(sharedSerial ? { ...answer, serialAt: answer.octets.length - soaTailOctets } : answer);
    // The zone above has the say about DS (RFC 4035 3.1.4.1).
    answers.push(askFor(recordTypes.DS));
  }
  return answers.length > maxAnswers ? { flags: flags | nameFlags.ask, answers: noAnswers } : { flags, answers };
}

function compileRrset(rrset: Rrset, name: Uint8Array, isWildcard: boolean): ArenaAnswer {
  if (rrset.volatile === true) return askFor(rrset.type);
  if (rrset.type !== recordTypes.A && rrset.type !== recordTypes.AAAA && additionalNames(rrset, name).length > 0) return askFor(rrset.type);
  // Pointers into the question hold for one name only; a wildcard answers for many.
  const shared = isCompressed(rrset.type) && !isWildcard ? encodedOctets(name, { ...rrset, owner: name }) : plainOctets(rrset);
  if (shared.length > maxAnswerOctets) return askFor(rrset.type);
  const octets = shared.slice();
  const count = rrset.rdata.length;
  const first = rrset.rdata[0] as Uint8Array;
  const isEven =
    (rrset.type === recordTypes.A || rrset.type === recordTypes.AAAA) && rrset.rdata.every(({ length }) => length === first.length);
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

function askFor(type: number): ArenaAnswer {
  return {
    type,
    ask: true,
    responseCode: 0,
    flags: 0,
    answers: 0,
    authorities: 0,
    additionals: 0,
    unit: 0,
    serialAt: undefined,
    octets: noOctets,
  };
}
