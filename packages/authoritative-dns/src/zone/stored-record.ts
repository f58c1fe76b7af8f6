import {
  addressToBytes,
  dnsNameToWire,
  isReverseName,
  maxTtlSeconds,
  type ParseResult,
  parsed,
  unmapAddress,
  unparsable,
} from '@seamark/common/model';
import { tryDecodeSkydnsEntry } from '@seamark/kv-store-client/skydns';

/** TTL in seconds of a value that gives none (CoreDNS). */
export const defaultTtlSeconds = 300;

/** What one stored key contributes to its name. */
export interface StoredRecord {
  readonly key: string;
  /** Lower-case wire form of the name that the record is for: that of the key without the `targetstrip` labels of its leaf. */
  readonly name: Uint8Array;
  readonly ttlSeconds: number;
  /** 4 or 16 octets: the host, when it is an address. */
  readonly address: Uint8Array | undefined;
  /** Wire form: the host, when it is a name. */
  readonly target: Uint8Array | undefined;
  /** The name stands below in-addr.arpa or ip6.arpa, where a host is what the address is called. */
  readonly reverse: boolean;
  readonly text: Uint8Array | undefined;
  /** SRV port, 1..65535; 0 = the value is no service. */
  readonly port: number;
  /** SRV priority and MX preference, 1..65535. */
  readonly priority: number;
  /** SRV weight before it is made relative, at least 1. */
  readonly weight: number;
  /** The host takes mail: it answers MX. */
  readonly mail: boolean;
}

/** A {@link StoredRecord}; `problem` when one part of the value cannot be served although another is. */
export interface ReadRecord {
  readonly record: StoredRecord;
  readonly problem?: string;
}

/** Reads one key and value. Fails, in words for the operator, when it gives no record at all. */
export function tryReadStoredRecord(prefix: string, key: string, value: Uint8Array): ParseResult<ReadRecord> {
  const decoded = tryDecodeSkydnsEntry(prefix, key, value);
  if (!decoded.ok) return decoded;
  const { records, problem, value: fields, name } = decoded.value;
  if (records.length === 0) return unparsable(problem ?? 'the value has neither host nor text');
  let address: Uint8Array | undefined;
  let target: Uint8Array | undefined;
  let text: Uint8Array | undefined;
  for (const record of records) {
    // CoreDNS answers IPv4-mapped addresses as A.
    if (record.type === 'A' || record.type === 'AAAA') address = addressToBytes(unmapAddress(record.address));
    else if (record.type === 'TXT') text = Buffer.from(record.text);
    else target = dnsNameToWire(record.target);
  }
  const record: StoredRecord = {
    key,
    name: dnsNameToWire(name),
    ttlSeconds: Math.min(fields.ttl ?? defaultTtlSeconds, maxTtlSeconds),
    address,
    target,
    reverse: isReverseName(name),
    text,
    port: Math.min(Math.max(fields.port ?? 0, 0), 0xffff),
    priority: Math.min(fields.priority ?? 10, 0xffff),
    weight: fields.weight ?? 100,
    mail: fields.mail ?? false,
  };
  return parsed(problem === undefined ? { record } : { record, problem });
}

const underscore = 0x5f;

/**
 * Whether the record makes its name an alias (CNAME). A name as host does, unless the value says that the host is something else: a
 * mail host, the name of an address, or the target of a service under a name that starts with `_`.
 */
export function isAlias(record: StoredRecord): boolean {
  if (record.target === undefined || record.mail || record.reverse) return false;
  return record.port === 0 || record.name[1] !== underscore;
}
