import { joinOctets, uint16 } from '../../wire/rdata-encoder.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { Rrset } from '../tree/index.ts';
import { aliasTarget, outranksAliases } from './alias.ts';
import { filterByGroup } from './group-filter.ts';
import { hostKinds } from './host.ts';
import { octetsOfText } from './octet-text.ts';
import { RrsetBuilder, type TtlRules } from './rrset-builder.ts';
import type { SkydnsRecord } from './skydns-record.ts';
import { textRdata } from './text-rdata.ts';

/** What a name answers with: see {@link SkydnsZonesOptions.mode}. */
export type SkydnsMode = 'skydns' | 'strict';

/** What RRsets are made of. */
export interface NameContent {
  readonly mode: SkydnsMode;
  /** Name in wire form as text: the loop guard of aliases from below. */
  readonly name: string;
  readonly isApex: boolean;
  readonly isReverse: boolean;
  /** Records written for this name. */
  readonly own: readonly SkydnsRecord[];
  /** Records of names below, none in mode `strict`. */
  readonly below: readonly SkydnsRecord[];
  /** Records below `apex.dns` of an apex: they stand for `below` where addresses are asked. */
  readonly apexAddresses: readonly SkydnsRecord[];
  /** They do so also when there are none. Default false. */
  readonly noApexFallback?: boolean;
}

/**
 * Adds the RRsets of a name:
 *
 * | the value has | it gives |
 * |---|---|
 * | an address as host | A or AAAA; SRV and, with `mail`, MX, whose target is the name of the record itself |
 * | a name as host | SRV; PTR; MX with `mail`; CNAME, see {@link aliasTarget} |
 * | a text | TXT, also beside the host |
 * | `records` | these |
 *
 * In mode `skydns` records below count like own ones for A, AAAA, TXT, SRV and MX, and the first alias below stands for a name that
 * has neither addresses nor an alias of its own. In mode `strict` SRV needs a port, and PTR a name in the reverse trees.
 *
 * An alias gives way to addresses and mail hosts of the same name, and to an alias with a smaller key; a name that is one has nothing of
 * what is below. SRV weights are shares of 100 among one priority.
 */
export function addNameRrsets(builder: RrsetBuilder, content: NameContent): void {
  const { mode, own, isApex, isReverse } = content;
  const outranked = isApex || own.some(outranksAliases);
  const alias = outranked ? undefined : own.find((record) => aliasTarget(record) !== undefined);
  const below = alias === undefined ? content.below : [];
  const set = below.length === 0 ? own : [...own, ...below];
  const hosts = filterByGroup(set.filter(({ hostKind }) => hostKind !== hostKinds.none));

  if (alias !== undefined) builder.add(recordTypes.CNAME, octetsOfText(aliasTarget(alias) as string), alias, rawTtl(alias));
  else {
    const isFromBelow = content.apexAddresses.length === 0 && !(isApex && content.noApexFallback === true);
    const addresses = isFromBelow ? hosts : filterByGroup([...own, ...content.apexAddresses]);
    addAddresses(builder, addresses);
    if (!outranked && !isReverse && !builder.has(recordTypes.A) && !builder.has(recordTypes.AAAA))
      addAliasFromBelow(builder, hosts, content);
  }
  for (const record of filterByGroup(set.filter(({ hostKind, more }) => hostKind !== hostKinds.none || more.text !== undefined)))
    if (record.more.text !== undefined && !builder.isFull(recordTypes.TXT))
      builder.add(recordTypes.TXT, textRdata(record.more.text, mode), record);
  for (const record of own) {
    if (record.hostKind === hostKinds.name && (isReverse || mode === 'skydns'))
      builder.add(recordTypes.PTR, octetsOfText(record.host), record);
    for (const raw of record.more.raw) if (raw.type !== recordTypes.CNAME) builder.add(raw.type, raw.rdata, record, raw.ttlSeconds);
  }
  for (const record of hosts)
    if (record.more.mail)
      builder.add(recordTypes.MX, joinOctets([uint16(record.more.priority), octetsOfText(hostTarget(record, mode))]), record);
  addServices(builder, hosts, mode);
}

/** The RRsets of {@link addNameRrsets}. */
export function nameRrsets(content: NameContent, rules: TtlRules): Rrset[] {
  const builder = new RrsetBuilder(rules);
  addNameRrsets(builder, content);
  return builder.build();
}

/** Name in wire form, as text, that a record's host goes by: a name less `targetstrip` labels, or that of the record's owner. */
export function hostTarget(record: SkydnsRecord, mode: SkydnsMode): string {
  if (record.hostKind !== hostKinds.name) return record.owner.key;
  if (mode === 'strict' || record.targetstrip === 0) return record.host;
  let at = 0;
  for (let label = 0; label < record.targetstrip && record.host.charCodeAt(at) !== 0; label++) at += record.host.charCodeAt(at) + 1;
  return record.host.slice(at);
}

function addAddresses(builder: RrsetBuilder, records: readonly SkydnsRecord[]): void {
  for (const record of records) {
    if (record.hostKind === hostKinds.ipv4) builder.add(recordTypes.A, octetsOfText(record.host), record, undefined, record.host);
    else if (record.hostKind === hostKinds.ipv6) builder.add(recordTypes.AAAA, octetsOfText(record.host), record, undefined, record.host);
  }
}

function addAliasFromBelow(builder: RrsetBuilder, hosts: readonly SkydnsRecord[], { name }: NameContent): void {
  for (const record of hosts) {
    const target = aliasTarget(record);
    // One that leads back to the name, or to what is below it, would go round.
    if (target === undefined || target.endsWith(name)) continue;
    builder.add(recordTypes.CNAME, octetsOfText(target), record);
    return;
  }
}

/** One SRV for each priority, port and host, with the weight of all values that say the same, as a share of 100 in its priority. */
function addServices(builder: RrsetBuilder, hosts: readonly SkydnsRecord[], mode: SkydnsMode): void {
  const services = mode === 'strict' ? hosts.filter(({ more }) => more.port > 0) : hosts;
  const total = new Map<number, number>();
  const weights = new Map<string, number>();
  for (const record of services) {
    const { priority, weight } = record.more;
    const identity = serviceIdentity(record, mode);
    total.set(priority, (total.get(priority) ?? 0) + weight);
    weights.set(identity, (weights.get(identity) ?? 0) + weight);
  }
  for (const record of services) {
    if (builder.isFull(recordTypes.SRV)) return;
    const { port, priority } = record.more;
    if (port < 0) continue; // its weight counts all the same (SkyDNS)
    const weight = weights.get(serviceIdentity(record, mode)) as number;
    const share = Math.max(1, Math.floor((100 * weight) / (total.get(priority) as number)));
    const fields = [priority, share, port].map(uint16);
    builder.add(recordTypes.SRV, joinOctets([...fields, octetsOfText(hostTarget(record, mode))]), record);
  }
}

function serviceIdentity(record: SkydnsRecord, mode: SkydnsMode): string {
  return `${record.more.priority} ${record.more.port} ${hostTarget(record, mode)}`;
}

function rawTtl(record: SkydnsRecord): number | undefined {
  return record.more.raw.find(({ type }) => type === recordTypes.CNAME)?.ttlSeconds;
}
