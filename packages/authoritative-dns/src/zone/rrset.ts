import { joinOctets, splitIntoStrings, uint16, uint32 } from '../wire/rdata-encoder.ts';
import { rdataLayout } from '../wire/rdata-layout.ts';
import { recordTypes } from '../wire/record-type.ts';
import { isAlias, type StoredRecord } from './stored-record.ts';

/** All records of one name and type, with one TTL (RFC 2181 5.2: the least of what its values ask for). */
export interface Rrset {
  readonly type: number;
  readonly ttlSeconds: number;
  /** Uncompressed RDATA of each record. */
  readonly rdata: readonly Uint8Array[];
  /** The records ready to be copied behind a question for their name: each owner is a pointer to octet 12. */
  readonly answer: Uint8Array;
  /** Names in wire form whose addresses belong into the additional section. */
  readonly additionalNames: readonly Uint8Array[] | undefined;
}

/** Makes an RRset of RDATA without duplicates. */
export function createRrset(type: number, ttlSeconds: number, rdata: readonly Uint8Array[]): Rrset {
  const fields = joinOctets([Uint8Array.of(0xc0, 12), uint16(type), uint16(1), uint32(ttlSeconds)]);
  const layout = type === recordTypes.MX || type === recordTypes.SRV || type === recordTypes.NS ? rdataLayout(type) : undefined;
  return {
    type,
    ttlSeconds,
    rdata,
    answer: joinOctets(rdata.flatMap((octets) => [fields, uint16(octets.length), octets])),
    additionalNames: layout === undefined ? undefined : rdata.map((octets) => octets.subarray(layout.prefixOctets)),
  };
}

/** Finds the RRset of a type. */
export function rrsetOfType(rrsets: readonly Rrset[], type: number): Rrset | undefined {
  for (let index = 0; index < rrsets.length; index++) if ((rrsets[index] as Rrset).type === type) return rrsets[index];
  return undefined;
}

/**
 * The RRsets of a name's stored records, given in the order of their keys:
 *
 * | the value has | it gives |
 * |---|---|
 * | an address as host | A or AAAA; with a port also SRV, with `mail` also MX, whose target is the name itself |
 * | a name as host | PTR in the reverse trees, MX with `mail`, SRV with a port, CNAME (see {@link isAlias}) |
 * | a text | TXT, also beside the host |
 *
 * An alias gives way to addresses and mail hosts of the same name (RFC 1034 3.6.2), and to an alias with a smaller key; a TXT may stand
 * beside it, because ExternalDNS keeps its ownership text there. SRV weights are shares of 100 among one priority, as CoreDNS has it.
 */
export function createRrsets(records: readonly StoredRecord[]): Rrset[] {
  const rrsets: Rrset[] = [];
  const add = (type: number, members: readonly StoredRecord[], rdataOf: (record: StoredRecord) => Uint8Array): void => {
    if (members.length === 0) return;
    const ttlSeconds = members.reduce((least, record) => Math.min(least, record.ttlSeconds), Number.POSITIVE_INFINITY);
    rrsets.push(createRrset(type, ttlSeconds, withoutDuplicates(members.map(rdataOf))));
  };
  const host = (record: StoredRecord): Uint8Array => record.target ?? record.name;
  const hasHost = (record: StoredRecord): boolean => record.address !== undefined || record.target !== undefined;

  add(
    recordTypes.A,
    records.filter((record) => record.address?.length === 4),
    (record) => record.address as Uint8Array,
  );
  add(
    recordTypes.AAAA,
    records.filter((record) => record.address?.length === 16),
    (record) => record.address as Uint8Array,
  );
  add(
    recordTypes.TXT,
    records.filter((record) => record.text !== undefined),
    textRdata,
  );
  add(
    recordTypes.PTR,
    records.filter((record) => record.reverse && record.target !== undefined),
    host,
  );
  add(
    recordTypes.MX,
    records.filter((record) => record.mail && hasHost(record)),
    (record) => joinOctets([uint16(record.priority), host(record)]),
  );

  const services = firstOfEach(
    records.filter((record) => record.port > 0 && hasHost(record)),
    (record) => `${record.port} ${host(record).join()}`,
  );
  const weights = new Map<number, number>();
  for (const { priority, weight } of services) weights.set(priority, (weights.get(priority) ?? 0) + weight);
  add(recordTypes.SRV, services, (record) => {
    const weight = Math.max(1, Math.floor((100 * record.weight) / (weights.get(record.priority) as number)));
    return joinOctets([uint16(record.priority), uint16(weight), uint16(record.port), host(record)]);
  });

  if (!aliasGivesWay(records)) add(recordTypes.CNAME, records.filter(isAlias).slice(0, 1), host);
  return rrsets;
}

/** Keys whose alias is not served because of another record of the same name, with the reason in words. */
export function findConflicts(records: readonly StoredRecord[]): readonly { readonly key: string; readonly problem: string }[] {
  const aliases = records.filter(isAlias);
  if (aliases.length === 0) return [];
  if (aliasGivesWay(records)) {
    return aliases
      .filter((record) => record.port === 0)
      .map(({ key }) => ({ key, problem: 'its name has addresses or mail hosts as well, and an alias stands alone (RFC 1034 3.6.2)' }));
  }
  const [first, ...others] = aliases as [StoredRecord, ...StoredRecord[]];
  return others
    .filter((record) => record.port === 0 && Buffer.compare(record.target as Uint8Array, first.target as Uint8Array) !== 0)
    .map(({ key }) => ({ key, problem: `its name already is the alias that ${first.key} makes of it (RFC 2181 10.1)` }));
}

function aliasGivesWay(records: readonly StoredRecord[]): boolean {
  return records.some((record) => record.address !== undefined || (record.mail && record.target !== undefined));
}

function textRdata(record: StoredRecord): Uint8Array {
  return joinOctets(splitIntoStrings(record.text as Uint8Array).flatMap((string) => [Uint8Array.of(string.length), string]));
}

function withoutDuplicates(rdata: readonly Uint8Array[]): Uint8Array[] {
  return rdata.length === 1 ? [...rdata] : firstOfEach(rdata, (octets) => octets.join());
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)));
}
