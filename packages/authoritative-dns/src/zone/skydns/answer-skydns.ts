import type { Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse, Outcome, RecordSet } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { answerAndFollow } from '../answer/index.ts';
import { isSameName, lowerCaseName } from '../answer/names.ts';
import { rrsetOf } from '../tree/index.ts';
import { isReverseNode } from './alias.ts';
import { nameRrsets } from './name-rrsets.ts';
import { textOfOctets } from './octet-text.ts';
import { hasQueryWildcard, recordsOfQueryWildcard } from './query-wildcard.ts';
import type { SkydnsZones } from './skydns-zones.ts';

/** Options of {@link answerSkydns}. */
export interface SkydnsAnswerOptions {
  /** Directive that answers. */
  readonly by: string;
  /** Asks the server itself about names outside the zones: ends of aliases, and hosts of SRV, MX and NS. */
  readonly askOutside: Next;
}

const maxTargets = 16; // names of one answer that are looked up besides
const addressTypes = [recordTypes.A, recordTypes.AAAA] as const;

/** Octets in front of the host in the RDATA of types whose host's addresses are looked up outside the zones too. */
const hostAt: ReadonlyMap<number, number> = new Map([
  [recordTypes.NS, 0],
  [recordTypes.MX, 2],
  [recordTypes.SRV, 6],
]);

/**
 * Answers a question from the zones: as an authoritative server does, and in mode `skydns` also one with SkyDNS's wildcards, `*` and
 * `any`, when the name itself does not exist and no stored wildcard stands for it. Hosts of SRV, MX and NS that have no addresses in
 * the zones, or are aliases, are asked for outside. `undefined` when no zone contains the name.
 */
export function answerSkydns(
  zones: SkydnsZones,
  request: DnsRequest,
  options: SkydnsAnswerOptions,
): DnsResponse | Promise<DnsResponse> | undefined {
  const answered = answerAndFollow(zones.tree, request, options);
  if (answered === undefined) return undefined;
  if (answered instanceof Promise) return answered;
  if (
    answered.responseCode === responseCodes.NXDOMAIN &&
    zones.mode === 'skydns' &&
    answered.answers.length === 0 &&
    hasQueryWildcard(request.name)
  )
    return answerQueryWildcard(zones, request, options, answered);
  return hostAt.has(request.type) ? withHosts(zones, request, options, answered) : answered;
}

/** Gives what the pattern means under the name that was asked. */
function answerQueryWildcard(
  zones: SkydnsZones,
  request: DnsRequest,
  options: SkydnsAnswerOptions,
  nameError: DnsResponse,
): DnsResponse | Promise<DnsResponse> {
  const { zone } = zones.tree.find(request.name);
  const below = recordsOfQueryWildcard(zones, request.name).filter((record) => zones.tree.zoneOf(record.owner) === zone);
  const [first] = below;
  if (first === undefined) return nameError;
  const name = textOfOctets(request.name);
  const isReverse = isReverseNode(first.owner);
  const rrsets = nameRrsets({ mode: 'skydns', name, isApex: false, isReverse, own: [], below, apexAddresses: [] }, zones.ttlRules);
  const rrset = rrsetOf(rrsets, request.type);
  const alias = rrset === undefined ? rrsetOf(rrsets, recordTypes.CNAME) : undefined;
  const found = rrset ?? alias;
  const base: DnsResponse = { ...nameError, responseCode: responseCodes.NOERROR };
  if (found === undefined) return base;
  const { type, ttlSeconds, rdata } = found;
  const answered: DnsResponse = { ...base, answers: [{ owner: request.nameAsAsked, type, ttlSeconds, rdata }], authorities: [] };
  if (alias === undefined) return withHosts(zones, request, options, answered);
  const target = alias.rdata[0] as Uint8Array;
  const next = { ...request, name: lowerCaseName(target), nameAsAsked: target };
  const end = answerAndFollow(zones.tree, next, options) ?? options.askOutside(next);
  return end instanceof Promise ? end.then((outcome) => withEnd(answered, outcome)) : withEnd(answered, end);
}

function withEnd(start: DnsResponse, end: Outcome): DnsResponse {
  if ('drop' in end || (end.responseCode !== responseCodes.NOERROR && end.responseCode !== responseCodes.NXDOMAIN)) return start;
  const { responseCode, authorities, additionals } = end;
  return { ...start, responseCode, answers: [...start.answers, ...end.answers], authorities, additionals };
}

/** Adds the addresses of hosts that the zones alone do not give, with the aliases on the way. */
function withHosts(
  zones: SkydnsZones,
  request: DnsRequest,
  options: SkydnsAnswerOptions,
  response: DnsResponse,
): DnsResponse | Promise<DnsResponse> {
  const missing = hostsWithoutAddress(response);
  if (missing.length === 0) return response;
  const added: RecordSet[] = [];
  const waiting: Promise<void>[] = [];
  const take = (outcome: Outcome): void => {
    if ('drop' in outcome || outcome.responseCode !== responseCodes.NOERROR) return;
    for (const set of outcome.answers) if (!contains(added, set)) added.push(set);
  };
  for (const host of missing.slice(0, maxTargets)) {
    for (const type of addressTypes) {
      const question = { ...request, name: lowerCaseName(host), nameAsAsked: host, type };
      const outcome = answerAndFollow(zones.tree, question, options) ?? options.askOutside(question);
      if (outcome instanceof Promise) waiting.push(outcome.then(take, () => undefined));
      else take(outcome);
    }
  }
  const complete = (): DnsResponse => {
    // An alias that leads to no address helps nobody.
    const useful = added.some(({ type }) => type !== recordTypes.CNAME) ? added : [];
    return useful.length === 0 ? response : { ...response, additionals: [...response.additionals, ...useful] };
  };
  return waiting.length === 0 ? complete() : Promise.all(waiting).then(complete);
}

function hostsWithoutAddress({ answers, additionals }: DnsResponse): Uint8Array[] {
  const hosts = new Map<string, Uint8Array>();
  for (const { type, rdata } of answers) {
    const at = hostAt.get(type);
    if (at === undefined) continue;
    for (const octets of rdata) {
      const host = octets.subarray(at);
      if (host.length > 1) hosts.set(textOf(host), host);
    }
  }
  for (const { owner } of [...additionals, ...answers.filter(({ type }) => type === recordTypes.A || type === recordTypes.AAAA)])
    hosts.delete(textOf(owner));
  return [...hosts.values()];
}

function contains(sets: readonly RecordSet[], set: RecordSet): boolean {
  return sets.some(({ owner, type }) => type === set.type && isSameName(owner, set.owner));
}

function textOf(name: Uint8Array): string {
  return textOfOctets(lowerCaseName(name));
}
