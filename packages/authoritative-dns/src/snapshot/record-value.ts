import { addressFromBytes, dnsNameFromWire, formatAddress } from '@seamark/common/model';
import { encodeSkydnsValue, type SkydnsValue } from '@seamark/kv-store-client/skydns';

import type { SnapshotEntry } from './snapshot-format.ts';
import { rdataToText } from '../wire/presentation/index.ts';
import { recordTypeName } from '../wire/record-type.ts';
import { hostKinds } from '../zone/skydns/host.ts';
import { octetsOfText } from '../zone/skydns/octet-text.ts';
import { noUncommonFields, type SkydnsRecord } from '../zone/skydns/skydns-record.ts';

/** An entry that gives the same record again. */
export function entryOfRecord(record: SkydnsRecord): SnapshotEntry {
  const { key, hostKind, host, ttlSeconds, targetstrip, lease, more } = record;
  if (more === noUncommonFields && targetstrip === 0 && lease === '0' && (hostKind === hostKinds.ipv4 || hostKind === hostKinds.ipv6))
    return { key, kind: hostKind, host, ttlSeconds };
  return { key, value: valueOfRecord(record), lease };
}

/** A value that gives the same record again. The stored octets themselves are not kept: they would double the memory of a zone. */
export function valueOfRecord(record: SkydnsRecord): Uint8Array {
  const { ttlSeconds, targetstrip, more } = record;
  if (more === noUncommonFields && record.hostKind !== hostKinds.none) {
    // Most records; the fields in the order in which ExternalDNS writes them.
    const ttl = ttlSeconds === 0 ? '' : `,"ttl":${ttlSeconds}`;
    const strip = targetstrip === 0 ? '' : `,"targetstrip":${targetstrip}`;
    return Buffer.from(`{"host":${JSON.stringify(hostText(record))}${ttl}${strip}}`);
  }
  const { text, port, priority, weight, mail, group, raw } = more;
  const value: { -readonly [Field in keyof SkydnsValue]: SkydnsValue[Field] } = {};
  if (record.hostKind !== hostKinds.none) value.host = hostText(record);
  if (ttlSeconds > 0) value.ttl = ttlSeconds;
  if (targetstrip > 0) value.targetstrip = targetstrip;
  if (text !== undefined) value.text = text;
  if (port !== 0) value.port = port;
  if (priority !== 10) value.priority = priority;
  if (weight !== 100) value.weight = weight;
  if (mail) value.mail = mail;
  if (group !== '') value.group = group;
  if (raw.length > 0)
    value.records = raw.map(
      (each) =>
        `${each.ttlSeconds === undefined ? '' : `${each.ttlSeconds} `}${recordTypeName(each.type)} ${rdataToText(each.type, each.rdata)}`,
    );
  return encodeSkydnsValue(value);
}

function hostText({ hostKind, host }: SkydnsRecord): string {
  if (hostKind === hostKinds.ipv4) return `${host.charCodeAt(0)}.${host.charCodeAt(1)}.${host.charCodeAt(2)}.${host.charCodeAt(3)}`;
  const octets = octetsOfText(host);
  return hostKind === hostKinds.name ? dnsNameFromWire(octets) : formatAddress(addressFromBytes(octets));
}
