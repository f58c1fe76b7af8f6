import type { Endpoint, RecordType } from '@seamark/common/model';
import { dnsNameLabels, isReverseName } from '@seamark/common/model';
import { type SkydnsEntry, type SkydnsRecordType, skydnsKeyOf, skydnsPlaceOf, tryDecodeSkydnsEntry } from '@seamark/kv-store-client/skydns';
import { type Ownership, type OwnershipLabels, ownableTypes } from '../../registry/index.ts';
import { type KeyIndex, type StoredKey, valueBytes } from './key-index.ts';
import { groupProperty, recordsOf, type StoredRecords } from './stored-record.ts';

/** A key that belongs to a name, understood. */
export interface NameKey {
  readonly key: string;
  readonly modRevision: number;
  /** The value's bytes as latin1 text. */
  readonly value: string;
  readonly entry: SkydnsEntry;
  readonly records: StoredRecords;
}

/** An ownership TXT that speaks of a name; without `recordType` it is of the old form and covers every type but AAAA. */
export interface Claim {
  readonly stored: NameKey;
  readonly labels: OwnershipLabels;
  readonly recordType?: RecordType;
  /** It stands at the one key where Seamark writes it. */
  readonly isAtClaimKey: boolean;
}

/** Everything stored about one name. */
export interface NameState {
  readonly name: string;
  /** Keys that hold records of the name. */
  readonly data: readonly NameKey[];
  readonly claims: readonly Claim[];
  /** One endpoint a type, with the labels of its claim. */
  readonly endpoints: readonly Endpoint[];
}

/** Leaf of the one ownership key that Seamark writes for a name and type: the same for every owner, so that only one can have it. */
export const claimLeaf = '0e4f1dc0';

/** The key of the ownership record that Seamark writes. */
export function claimKey(prefix: string, ownershipName: string): { readonly key: string; readonly targetstrip: 0 | 1 } {
  // ExternalDNS puts TXT in the reverse trees at the exact name, and deletes it only there.
  if (isReverseName(ownershipName)) return { key: skydnsKeyOf(prefix, ownershipName), targetstrip: 0 };
  return { key: skydnsKeyOf(prefix, ownershipName, claimLeaf), targetstrip: 1 };
}

/** Reads the state of names out of the key index. */
export class NameReader {
  readonly #index: KeyIndex;
  readonly #prefix: string;
  readonly #ownership: Ownership;
  #last: { readonly version: number; readonly state: NameState } | undefined;

  constructor(index: KeyIndex, prefix: string, ownership: Ownership) {
    this.#index = index;
    this.#prefix = prefix;
    this.#ownership = ownership;
  }

  read(name: string): NameState {
    // A name is read to be planned and again to be written, with nothing in between.
    if (this.#last?.version === this.#index.version && this.#last.state.name === name) return this.#last.state;
    const state = this.#read(name);
    this.#last = { version: this.#index.version, state };
    return state;
  }

  #read(name: string): NameState {
    const data: NameKey[] = [];
    const claims: Claim[] = [];
    for (const stored of this.#keysOf(name)) {
      const text = stored.records.text;
      const owned = text?.kind === 'ownership' ? this.ownedNameOf(name) : undefined;
      if (text?.kind === 'ownership' && owned?.name === name) claims.push(claimOf(stored, text.labels, owned.recordType, false));
      if (stored.records.host !== undefined || text?.kind === 'record') data.push(stored);
    }
    claims.push(...this.#claimsElsewhere(name));
    return { name, data, claims, endpoints: endpointsOf(name, data, claims, this.#ownership, this.#prefix) };
  }

  /** Names that a changed key may matter to: its own, and those that its ownership text may speak of. */
  namesOf(key: string, value: string): readonly string[] {
    const decoded = tryDecodeSkydnsEntry(this.#prefix, key, valueBytes(value));
    if (!decoded.ok) return [];
    const { name } = decoded.value;
    if (this.#ownership.kind === 'none' || recordsOf(decoded.value).text?.kind !== 'ownership') return [name];
    return [name, ...this.#ownership.names.ownedNamesOf(name).map((owned) => owned.name)];
  }

  /** Every decodable key whose record name is `name`. */
  *#keysOf(name: string): Iterable<NameKey> {
    const exact = skydnsKeyOf(this.#prefix, name);
    for (const stored of this.#index.below(exact)) yield* this.#decode(`${exact}/${stored.leaf}`, stored, name);
    for (const stored of this.#index.at(exact)) yield* this.#decode(exact, stored, name);
    for (const key of this.#index.deepBelow(exact))
      for (const stored of this.#index.at(key)) if ((stored.key ?? key) === key) yield* this.#decode(key, stored, name);
  }

  *#decode(key: string, stored: StoredKey, name: string): Iterable<NameKey> {
    const storedKey = stored.key ?? key;
    const entry = tryDecodeSkydnsEntry(this.#prefix, storedKey, valueBytes(stored.value));
    // What cannot be read is nobody's: it is neither planned nor touched.
    if (!entry.ok || entry.value.name !== name) return;
    yield { key: storedKey, modRevision: stored.modRevision, value: stored.value, entry: entry.value, records: recordsOf(entry.value) };
  }

  /** Ownership TXTs under other names that speak of this one. */
  *#claimsElsewhere(name: string): Iterable<Claim> {
    if (this.#ownership.kind === 'none') return;
    const { names } = this.#ownership;
    const seen = new Set<string>([name]);
    for (const type of ownableTypes) {
      const ownershipName = names.ownershipNameOf(name, type);
      if (!ownershipName.ok || seen.has(ownershipName.value)) continue;
      seen.add(ownershipName.value);
      yield* this.#claimsAt(ownershipName.value, name, type);
    }
    // With an affix the old form has a name of its own: `txt-foo` beside `txt-a-foo`.
    const oldName = names.oldOwnershipNameOf(name);
    if (oldName !== undefined && !seen.has(oldName)) yield* this.#claimsAt(oldName, name);
  }

  *#claimsAt(ownershipName: string, name: string, type?: RecordType): Iterable<Claim> {
    const ourKey = type === undefined ? undefined : claimKey(this.#prefix, ownershipName).key;
    for (const stored of this.#keysOf(ownershipName)) {
      const text = stored.records.text;
      if (text?.kind !== 'ownership') continue;
      const owned = this.ownedNameOf(ownershipName);
      if (owned?.name === name && owned.recordType === type) yield claimOf(stored, text.labels, type, stored.key === ourKey);
    }
  }

  /** What an ownership TXT of this name speaks of: the first of its readings of which a record exists, else the likeliest. */
  ownedNameOf(ownershipName: string): { readonly name: string; readonly recordType?: RecordType } | undefined {
    if (this.#ownership.kind === 'none') return undefined;
    const readings = this.#ownership.names.ownedNamesOf(ownershipName);
    return readings.find((reading) => this.#hasRecord(reading.name, reading.recordType)) ?? readings[0];
  }

  #hasRecord(name: string, type: RecordType | undefined): boolean {
    for (const { records } of this.#keysOf(name)) {
      const types = [records.host?.type, records.text?.kind === 'record' ? ('TXT' as const) : undefined];
      if (types.some((present) => present !== undefined && (type === undefined ? present !== 'AAAA' : present === type))) return true;
    }
    return false;
  }
}

function claimOf(stored: NameKey, labels: OwnershipLabels, recordType: RecordType | undefined, isAtClaimKey: boolean): Claim {
  return recordType === undefined ? { stored, labels, isAtClaimKey } : { stored, labels, recordType, isAtClaimKey };
}

/** The claim that decides about a type: Seamark's own key first, then one that is not ours (so that doubt protects others). */
export function decidingClaim(claims: readonly Claim[], type: RecordType, ownership: Ownership): Claim | undefined {
  const typed = claims.filter((claim) => claim.recordType === type);
  return (
    typed.find((claim) => claim.isAtClaimKey) ??
    typed.find((claim) => claim.labels['owner'] !== ownership.ownerId) ??
    typed[0] ??
    (type === 'AAAA' ? undefined : claims.find((claim) => claim.recordType === undefined))
  );
}

interface RecordGroup {
  readonly keys: Map<string, string>;
  readonly ttl: number | undefined;
  readonly group: string | undefined;
}

function endpointsOf(name: string, data: readonly NameKey[], claims: readonly Claim[], ownership: Ownership, prefix: string): Endpoint[] {
  const groups = new Map<RecordType, RecordGroup>();
  for (const stored of data) {
    const { host, text } = stored.records;
    const { ttl, group } = stored.entry.value;
    for (const record of [host, text?.kind === 'record' ? { type: 'TXT' as const, target: text.target } : undefined]) {
      if (record === undefined) continue;
      const present = groups.get(record.type) ?? { keys: new Map<string, string>(), ttl, group };
      groups.set(record.type, present);
      present.keys.set(stored.key, record.target);
    }
  }
  return [...groups].map(([recordType, { keys, ttl, group }]) => ({
    dnsName: name,
    recordType,
    targets: [...new Set(keys.values())].toSorted(),
    ...(ttl === undefined ? {} : { recordTTL: ttl }),
    labels: decidingClaim(claims, recordType, ownership)?.labels ?? labelsByPlace({ dnsName: name, recordType }, keys, ownership, prefix),
    providerSpecific: group === undefined ? [] : [{ name: groupProperty, value: group }],
  }));
}

/** A leaf is a hash over our owner id: records at such keys are ours even after somebody has deleted their ownership record. */
function labelsByPlace(
  record: Pick<Endpoint, 'dnsName' | 'recordType'>,
  keys: ReadonlyMap<string, string>,
  ownership: Ownership,
  prefix: string,
): Endpoint['labels'] {
  if (ownership.kind !== 'txt') return {};
  const isOurs = [...keys].every(([key, target]) => {
    const place = placeOfTarget(prefix, record, target, ownership.ownerId);
    return place.targetstrip > 0 && place.key === key;
  });
  return isOurs ? { owner: ownership.ownerId } : {};
}

/** A key and how many of its labels, from the leaf, do not belong to the name. */
export interface Place {
  readonly key: string;
  readonly targetstrip: number;
}

/**
 * Where a target goes: below a leaf of one label, as ExternalDNS has it. For the hosts of MX and SRV the leaf has as many labels as
 * the host: CoreDNS takes targetstrip labels off such a host as well, unless that would leave nothing of it.
 */
export function placeOfTarget(
  prefix: string,
  record: Pick<Endpoint, 'dnsName' | 'recordType'>,
  target: string,
  owner: string,
  attempt = 0,
): Place {
  const { dnsName: name, recordType } = record;
  if (recordType !== 'MX' && recordType !== 'SRV')
    return skydnsPlaceOf({ prefix, name, type: recordType as SkydnsRecordType, target, owner }, attempt);
  const { key } = skydnsPlaceOf({ prefix, name, type: 'CNAME', target: `${recordType} ${target}`, owner }, attempt);
  const host = target.slice(target.lastIndexOf(' ') + 1);
  const labels = dnsNameLabels(host.endsWith('.') ? host.slice(0, -1) : host).length;
  return { key: key + '/s'.repeat(labels - 1), targetstrip: labels };
}
