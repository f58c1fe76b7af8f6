import { isDeepStrictEqual } from 'node:util';

import { maxTtlSeconds } from '@seamark/common/model';
import { type SkydnsValue, tryDecodeSkydnsValue } from '@seamark/kv-store-client/skydns';

import type { KeyProblem } from '../key-problems.ts';
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

  constructor(
    key: string,
    path: string,
    hostKind: 0 | 1 | 2 | 3,
    host: string,
    ttlSeconds: number,
    targetstrip: number,
    lease: string,
    more: UncommonFields,
  ) {
    this.key = key;
    this.path = path;
    this.hostKind = hostKind;
    this.host = host;
    this.ttlSeconds = ttlSeconds;
    this.targetstrip = targetstrip;
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
  readonly problem: KeyProblem | undefined;
}

/** What is wrong with a field of a value, in words for the operator. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** Reads a value. One that is no SkyDNS value at all gives a record without data. */
export function readSkydnsRecord(key: string, path: string, octets: Uint8Array, lease: string): ReadRecord {
  const decoded = tryDecodeSkydnsValue(octets);
  if (!decoded.ok) return { record: recordWithoutData(key, path, lease), problem: { problem: decoded.problem } };
  const { value } = decoded;
  const problems: FieldProblem[] = [];
  let host: Host | undefined;
  if (value.host !== undefined) {
    const read = readHost(value.host);
    if (read.ok) host = read.value;
    else problems.push({ field: 'host', problem: read.problem });
  }
  const more = uncommonFieldsOf(value, problems);
  const ttlSeconds = Math.min(value.ttl ?? 0, maxTtlSeconds);
  const record = new SkydnsRecord(
    key,
    path,
    host?.kind ?? hostKinds.none,
    host?.octets ?? '',
    ttlSeconds,
    value.targetstrip ?? 0,
    lease,
    more,
  );
  if (!record.hasData && problems.length === 0) return { record, problem: { problem: 'the value has neither host nor text' } };
  if (problems.length === 0) return { record, problem: undefined };
  const problem = problems.map((each) => each.problem).join('; ');
  return { record, problem: record.hasData ? { problem, part: `its ${problems.map(({ field }) => field).join(', ')}` } : { problem } };
}

/** Whether two records of one key say the same. */
export function isSameRecord(a: SkydnsRecord, b: SkydnsRecord): boolean {
  return (
    a.host === b.host &&
    a.hostKind === b.hostKind &&
    a.ttlSeconds === b.ttlSeconds &&
    a.targetstrip === b.targetstrip &&
    a.lease === b.lease &&
    (a.more === b.more || isDeepStrictEqual(a.more, b.more))
  );
}

/** A record that gives its name nothing to answer with, but lets it exist. */
export function recordWithoutData(key: string, path: string, lease: string): SkydnsRecord {
  return new SkydnsRecord(key, path, hostKinds.none, '', 0, 0, lease, noUncommonFields);
}

function uncommonFieldsOf(value: SkydnsValue, problems: FieldProblem[]): UncommonFields {
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
    port: within16Bits('port', port, problems) ?? (port === undefined ? 0 : withoutSrv),
    priority: within16Bits('priority', priority, problems) ?? 10,
    weight: weight ?? 100,
    mail: mail ?? false,
    group: group ?? '',
    raw: records === undefined ? [] : readRawRecords(records, problems),
  };
}

/** A port that leaves the record out of SRV answers. */
const withoutSrv = -1;

function within16Bits(field: string, value: number | undefined, problems: FieldProblem[]): number | undefined {
  if (value === undefined || value <= 0xffff) return value;
  problems.push({ field, problem: `${field} ${value} is above 65535` });
  return undefined;
}

/** The problem of a key that strips more labels than it has. */
export function tooManyStripped(targetstrip: number, labels: number): KeyProblem {
  return { problem: `targetstrip is ${targetstrip}, but the key has only ${labels} labels` };
}
