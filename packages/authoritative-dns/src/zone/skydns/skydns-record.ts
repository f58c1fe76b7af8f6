import { maxTtlSeconds, type ParseResult, parsed, unparsable } from '@seamark/common/model';
import { type SkydnsValue, tryDecodeSkydnsValue } from '@seamark/kv-store-client/skydns';

import type { ZoneNode } from '../tree/index.ts';
import { type Host, hostKinds, readHost } from './host.ts';
import type { NodeData } from './node-data.ts';
import { type RawRecord, readRawRecords } from './raw-records.ts';

/** TTL in seconds of a value that gives none and has no lease (CoreDNS). */
export const defaultTtlSeconds = 300;

/** What few values have. */
export interface UncommonFields {
  readonly text: string | undefined;
  /** SRV port; -1 leaves the record out of SRV answers. */
  readonly port: number;
  /** SRV priority and MX preference. */
  readonly priority: number;
  /** SRV weight before it is made relative, at least 1. */
  readonly weight: number;
  readonly mail: boolean;
  readonly group: string;
  readonly raw: readonly RawRecord[];
}

/** The {@link UncommonFields} of a value that has none of them. */
export const noUncommonFields: UncommonFields = { text: undefined, port: 0, priority: 10, weight: 100, mail: false, group: '', raw: [] };

/** What one stored key gives. There may be a million of these. */
export class SkydnsRecord {
  readonly key: string;
  /** See `KeyName.path`. */
  readonly path: string;
  /** One of {@link hostKinds}. */
  readonly hostKind: 0 | 1 | 2 | 3;
  /** 4 or 16 octets, or a name in wire form, a character each. */
  readonly host: string;
  /** 0 = not given. */
  readonly ttlSeconds: number;
  /** Labels of the key, from the leaf, that are not part of the name. */
  readonly targetstrip: number;
  /** Id of the lease; `0` = none. */
  readonly lease: string;
  readonly more: UncommonFields;
  /** The name that the record was written for: that of the key without `targetstrip` labels. Set when it is placed. */
  owner!: ZoneNode<NodeData>;
  /** The name of the whole key, where names of keys are names; else the owner. Set when it is placed. */
  at!: ZoneNode<NodeData>;

  constructor(key: string, path: string, host: Host | undefined, value: SkydnsValue, lease: string, more: UncommonFields) {
    this.key = key;
    this.path = path;
    this.hostKind = host?.kind ?? hostKinds.none;
    this.host = host?.octets ?? '';
    this.ttlSeconds = Math.min(value.ttl ?? 0, maxTtlSeconds);
    this.targetstrip = value.targetstrip ?? 0;
    this.lease = lease;
    this.more = more;
  }

  /** The value gives something to answer with. */
  get hasData(): boolean {
    return this.hostKind !== hostKinds.none || this.more.text !== undefined || this.more.raw.length > 0;
  }
}

/** A record, and what of its value cannot be served. */
export interface ReadRecord {
  readonly record: SkydnsRecord;
  readonly problem: string | undefined;
}

/** Reads a value. Fails, in words for the operator, for what is no SkyDNS value at all. */
export function readSkydnsRecord(key: string, path: string, octets: Uint8Array, lease: string): ParseResult<ReadRecord> {
  const decoded = tryDecodeSkydnsValue(octets);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  const problems: string[] = [];
  let host: Host | undefined;
  if (value.host !== undefined) {
    const read = readHost(value.host);
    if (read.ok) host = read.value;
    else problems.push(read.problem);
  }
  const more = uncommonFieldsOf(value, problems);
  const record = new SkydnsRecord(key, path, host, value, lease, more);
  if (!record.hasData && problems.length === 0) problems.push('the value has neither host nor text');
  return parsed({ record, problem: problems.length === 0 ? undefined : problems.join('; ') });
}

function uncommonFieldsOf(value: SkydnsValue, problems: string[]): UncommonFields {
  const { text, port, priority, weight, mail, group, records } = value;
  if (
    text === undefined &&
    port === undefined &&
    priority === undefined &&
    weight === undefined &&
    mail === undefined &&
    group === undefined &&
    records === undefined
  )
    return noUncommonFields;
  return {
    text,
    port: Math.min(port ?? 0, 0xffff),
    priority: Math.min(priority ?? 10, 0xffff),
    weight: weight ?? 100,
    mail: mail ?? false,
    group: group ?? '',
    raw: records === undefined ? [] : readRawRecords(records, problems),
  };
}

/** The failure of a key that strips more labels than it has. */
export function tooManyStripped(targetstrip: number, labels: number): { readonly ok: false; readonly problem: string } {
  return unparsable(`targetstrip is ${targetstrip}, but the key has only ${labels} labels`);
}
