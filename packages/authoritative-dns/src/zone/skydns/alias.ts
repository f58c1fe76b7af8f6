import { recordTypes } from '../../wire/record-type.ts';
import type { KeyProblem } from '../key-problems.ts';
import type { ZoneNode } from '../tree/index.ts';
import { hostKinds } from './host.ts';
import type { SkydnsMode } from './name-rrsets.ts';
import { type NodeData, ownRecords } from './node-data.ts';
import { textOfOctets } from './octet-text.ts';
import type { SkydnsRecord } from './skydns-record.ts';

const underscore = 0x5f;

/** Suffixes of the trees where a host is what an address is called. */
const reverseSuffixes = ['\x07in-addr\x04arpa\0', '\x03ip6\x04arpa\0'];

/** Whether a node stands below in-addr.arpa or ip6.arpa. */
export function isReverseNode(node: ZoneNode<unknown>): boolean {
  return reverseSuffixes.some((suffix) => node.key.endsWith(suffix));
}

/**
 * Where a record leads when it makes its name an alias (CNAME), in wire form as text. A name as host does, unless the value says that
 * the host is something else: a mail host, the name of an address, or the target of a service under a name that starts with `_`.
 * A CNAME among `records` does always. A name that is its own host leads nowhere.
 */
export function aliasTarget(record: SkydnsRecord): string | undefined {
  const { more, owner } = record;
  const raw = more.raw.find(({ type }) => type === recordTypes.CNAME);
  if (raw !== undefined) return textOfOctets(raw.rdata);
  if (record.hostKind !== hostKinds.name || record.host === owner.key || more.mail || isReverseNode(owner)) return undefined;
  if (more.port !== 0 && owner.key.charCodeAt(1) === underscore) return undefined;
  return record.host;
}

/** Whether a record of a name takes the place of its aliases (RFC 1034 3.6.2): an address or a mail host. */
export function outranksAliases(record: SkydnsRecord): boolean {
  if (record.hostKind === hostKinds.ipv4 || record.hostKind === hostKinds.ipv6) return true;
  return record.more.mail && record.hostKind === hostKinds.name;
}

/** An alias that is not served. */
export interface AliasConflict {
  readonly key: string;
  readonly problem: KeyProblem;
}

/** Keys whose alias is not served because of what else its name has, with the reason in words. */
export function findConflicts(node: ZoneNode<NodeData>, mode: SkydnsMode): readonly AliasConflict[] {
  const own = ownRecords(node.payload);
  const conflict = (record: SkydnsRecord, problem: string): AliasConflict => ({
    key: record.key,
    problem: hasMoreThanAlias(record, mode) ? { problem, part: 'its alias' } : { problem },
  });
  const loops = own
    .filter(({ host, hostKind, more }) => hostKind === hostKinds.name && host === node.key && !more.mail && more.port === 0)
    .map((record) => conflict(record, 'its host is the name itself'));
  const aliases = own.filter((record) => aliasTarget(record) !== undefined);
  const [first, ...others] = aliases;
  if (first === undefined) return loops;
  const silent = (record: SkydnsRecord): boolean => record.more.port !== 0; // a service is served anyway
  const all = (problem: string) => aliases.filter((record) => !silent(record)).map((record) => conflict(record, problem));
  if (node.isApex) return all('its name is the apex of a zone, which has SOA and NS, and an alias stands alone (RFC 1034 3.6.2)');
  if (own.some(outranksAliases)) return all('its name has addresses or mail hosts as well, and an alias stands alone (RFC 1034 3.6.2)');
  return others
    .filter((record) => !silent(record) && aliasTarget(record) !== aliasTarget(first))
    .map((record) => conflict(record, `its name already is the alias that ${first.key} makes of it (RFC 2181 10.1)`));
}

/** Whether a value with an alias gives other records too; SkyDNS makes SRV of every host. */
function hasMoreThanAlias({ hostKind, more }: SkydnsRecord, mode: SkydnsMode): boolean {
  return (
    more.text !== undefined || more.raw.some(({ type }) => type !== recordTypes.CNAME) || (mode === 'skydns' && hostKind !== hostKinds.none)
  );
}
