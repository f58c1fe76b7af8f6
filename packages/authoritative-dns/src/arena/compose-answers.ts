import type { ArenaAnswer } from '@seamark/netio';

import type { DnsResponse, RecordSet } from '../chain/response.ts';
import { classIn } from '../wire/protocol-codes.ts';
import { recordTypes } from '../wire/record-type.ts';
import { answerQuestion } from '../zone/answer/index.ts';
import { isSameName } from '../zone/answer/names.ts';
import { type Rrset, type Zone, type ZoneNode, type ZoneTree } from '../zone/tree/index.ts';
import { AnswerPath } from './answer-path.ts';
import { answerForJavaScript } from './arena-answer.ts';
import { type Dependents, soaKey } from './dependents.ts';
import { type MessageOctets, messageOctets, plainMessageOctets } from './record-octets.ts';

/** Options of {@link AnswerComposer}. */
export interface AnswerComposerOptions<T> {
  readonly tree: ZoneTree<T>;
  readonly dependents: Dependents<T>;
  /** Whether the serial of every SOA is the arena's. */
  readonly sharedSerial: boolean;
  /** Whether answers with NS, MX and SRV are JavaScript's when a host of theirs has no address here. */
  readonly asksForHosts: boolean;
}

/** Types at the end of an alias; a name with more is left to JavaScript. */
const maxTypes = 8;
const maxOctets = 4096;
/** Negative answers that depend on a zone whose SOA changes seldom, its serial apart. */
const maxOfSharedSerial = 16_384;
/** Octets of SOA's RDATA from its serial on. */
const soaTailOctets = 20;
const client = { transport: 'tcp', address: new Uint8Array(4), port: 0, localAddress: undefined, localPort: 0 } as const;

/** Octets in front of the host in RDATA. */
const hostAt: ReadonlyMap<number, number> = new Map([
  [recordTypes.NS, 0],
  [recordTypes.MX, 2],
  [recordTypes.SRV, 6],
]);

/** Makes answers that have records of several names: what aliases lead to, and additional records. */
export class AnswerComposer<T> {
  private readonly options: AnswerComposerOptions<T>;

  constructor(options: AnswerComposerOptions<T>) {
    this.options = options;
  }

  /** The answers for all types but its own of a name with an alias. */
  alias(node: ZoneNode<T>, name: Uint8Array, zone: Zone<T>, alias: Rrset): ArenaAnswer[] {
    const { tree, dependents } = this.options;
    const path = new AnswerPath(tree, node, zone);
    const end = alias.volatile === true ? undefined : path.end(alias.rdata[0] as Uint8Array);
    if (!dependents.add(node, path.names) || end === undefined) return [answerForJavaScript(0)];
    const rrsets = tree.rrsets(end.node);
    if (rrsets.length > maxTypes) return [answerForJavaScript(0)];
    // These are answered at the alias itself (RFC 4034 2.3, 3), by the zone above, or of another kind.
    const answers = [recordTypes.RRSIG, recordTypes.NSEC, recordTypes.DS, recordTypes.SOA].map(answerForJavaScript);
    for (const rrset of rrsets) {
      if (answers.some(({ type }) => type === rrset.type)) continue;
      answers.push(this.with(node, name, zone, rrset, end.name));
    }
    answers.push(this.without(node, name, end));
    return answers;
  }

  /** The answer for an RRset at the end of aliases, or at the name itself, with what is added to it. */
  with(node: ZoneNode<T>, name: Uint8Array, zone: Zone<T>, rrset: Rrset, owner: Uint8Array): ArenaAnswer {
    const { tree, dependents } = this.options;
    const path = new AnswerPath(tree, node, zone);
    const isComplete = rrset.volatile !== true && path.additionals(rrset, owner);
    if (!dependents.add(node, path.names) || !isComplete) return answerForJavaScript(rrset.type);
    return this.compose(node, name, rrset.type, rrset.type) ?? answerForJavaScript(rrset.type);
  }

  /** The answer for all types that the end of aliases does not have. */
  private without(node: ZoneNode<T>, name: Uint8Array, end: { readonly node: ZoneNode<T>; readonly zone: Zone<T> }): ArenaAnswer {
    const { tree, dependents, sharedSerial } = this.options;
    const limit = sharedSerial ? maxOfSharedSerial : undefined;
    if (tree.isCostly(end.zone.node) || !dependents.add(node, [soaKey(end.zone)], limit)) return answerForJavaScript(0);
    return this.compose(node, name, absentType, 0) ?? answerForJavaScript(0);
  }

  private compose(node: ZoneNode<T>, name: Uint8Array, asked: number, type: number): ArenaAnswer | undefined {
    const { tree, sharedSerial } = this.options;
    const response = answerQuestion(
      tree,
      {
        id: 0,
        name,
        nameAsAsked: name,
        type: asked,
        class: classIn,
        recursionDesired: false,
        checkingDisabled: false,
        authenticData: false,
        edns: undefined,
        client,
        octets: 0,
      },
      { by: '' },
    );
    if (response === undefined || response.responseCode !== 0 || (response.requiredAdditionals ?? 0) > 0) return undefined;
    const { authorities, additionals } = response;
    const isNegative = authorities.length === 1 && authorities[0]?.type === recordTypes.SOA && additionals.length === 0;
    if ((authorities.length > 0 && !isNegative) || !response.authoritative || this.lacksHost(response)) return undefined;
    const message: MessageOctets | undefined = node.isWildcard ? plainMessageOctets(name, response) : messageOctets(name, asked, response);
    if (message === undefined || message.octets.length > maxOctets) return undefined;
    const { octets, counts } = message;
    return {
      type,
      ask: false,
      whole: isFixed(response.answers) && isFixed(additionals) ? 'fixed' : 'movable',
      responseCode: 0,
      flags: 0x0400,
      answers: counts[0],
      authorities: counts[1],
      additionals: counts[2],
      unit: 0,
      serialAt: isNegative && sharedSerial ? octets.length - soaTailOctets : undefined,
      octets,
    };
  }

  private lacksHost({ answers, additionals }: DnsResponse): boolean {
    if (!this.options.asksForHosts) return false;
    return answers.some(({ type, rdata }) => {
      const at = hostAt.get(type);
      if (at === undefined) return false;
      return rdata.some((octets) => {
        const host = octets.subarray(at);
        return host.length > 1 && !additionals.some((set) => isAddress(set) && isSameName(set.owner, host));
      });
    });
  }
}

/** A type that no name of ours has, in the range for private use: what is answered for it is answered for all that are absent. */
const absentType = 65_300;

/** Whether rotating a section's records leaves it as it is. */
function isFixed(sets: readonly RecordSet[]): boolean {
  let moved = 0;
  const types = new Set<number>();
  for (const set of sets) {
    if (isAddress(set) || set.type === recordTypes.MX) moved += set.rdata.length;
    if (set.type !== recordTypes.CNAME) types.add(set.type);
  }
  return moved <= 1 && types.size <= 1;
}

function isAddress({ type }: RecordSet): boolean {
  return type === recordTypes.A || type === recordTypes.AAAA;
}
