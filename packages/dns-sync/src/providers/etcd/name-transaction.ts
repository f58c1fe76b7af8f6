import type { Endpoint, RecordType } from '@seamark/common/model';
import type { Compare, Operation, Transaction } from '@seamark/kv-store-client';
import { type SkydnsValue, encodeSkydnsValue } from '@seamark/kv-store-client/skydns';
import type { Ownership, OwnershipLabels } from '../../registry/index.ts';
import type { NameChange } from '../provider.ts';
import { valueBytes, valueText } from './key-index.ts';
import { type Claim, type NameKey, type NameState, type Place, claimKey, decidingClaim, placeOfTarget } from './name-state.ts';
import { valueOf } from './stored-record.ts';

/** The one transaction that brings a name to its wanted end, or that none is needed, or that a foreign key is in the way. */
export type NameTransaction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'blocked'; readonly recordType: RecordType; readonly labels: OwnershipLabels }
  | {
      readonly kind: 'transaction';
      readonly transaction: Transaction;
      /** What each written key will hold (latin1 text), undefined = gone. */
      readonly writes: ReadonlyMap<string, string | undefined>;
    };

/** What a key collision with somebody else's key may cost before it is given up: each attempt has 32 fresh bits. */
const maxPlaceAttempts = 8;

/**
 * Builds the transaction; pure. Its compares hold the modRevision of every key of the name, and the absence of each key that it
 * makes, so it succeeds only on exactly the state that was planned on. Puts come before deletes. Keys of ours in another
 * layout (ExternalDNS's random leaves, host and ownership text in one value) are replaced by ours in the same step; of a key that
 * also holds something that is not to change, only our part is taken out.
 */
export function buildNameTransaction(state: NameState, change: NameChange, ownership: Ownership, prefix: string): NameTransaction {
  const touched = new Set<RecordType>([...change.upsert, ...change.remove].map((endpoint) => endpoint.recordType));
  const superseded = new Set(supersededClaims(state, change, touched, ownership).map((claim) => claim.stored.key));
  const existing = new Map<string, NameKey>(
    [...state.data, ...state.claims.map((claim) => claim.stored)].map((stored) => [stored.key, stored]),
  );

  /** A key that may be overwritten: all that it says is touched or superseded. */
  const isFree = (key: string): boolean => {
    const stored = existing.get(key);
    return stored === undefined || remainderOf(stored, touched, superseded) === undefined;
  };

  const wanted = new Map<string, string>();
  for (const endpoint of change.upsert) {
    for (const target of endpoint.targets) {
      const place = placeOf(prefix, endpoint, target, ownership.ownerId, (key) => !wanted.has(key) && isFree(key));
      if (place === undefined) return { kind: 'blocked', recordType: endpoint.recordType, labels: {} };
      wanted.set(place.key, encode({ ...valueOf(endpoint, target), targetstrip: place.targetstrip }));
    }
    if (ownership.kind !== 'txt') continue;
    const record = ownership.recordOf(endpoint);
    if (!record.ok) return { kind: 'blocked', recordType: endpoint.recordType, labels: {} };
    const place = claimKey(prefix, record.value.name);
    const inTheWay = existing.get(place.key);
    if (inTheWay !== undefined && !isFree(place.key)) {
      const text = inTheWay.records.text;
      return { kind: 'blocked', recordType: endpoint.recordType, labels: text?.kind === 'ownership' ? text.labels : {} };
    }
    wanted.set(place.key, encode({ text: record.value.text, targetstrip: place.targetstrip }));
  }

  const writes = new Map<string, string | undefined>();
  for (const [key, value] of wanted) if (existing.get(key)?.value !== value) writes.set(key, value);
  for (const stored of existing.values()) {
    if (wanted.has(stored.key) || !isTouched(stored, touched, superseded)) continue;
    const remainder = remainderOf(stored, touched, superseded);
    writes.set(stored.key, remainder === undefined ? undefined : encode(remainder));
  }
  if (writes.size === 0) return { kind: 'nothing' };

  const compare: Compare[] = [...existing.values()].map(({ key, modRevision }) => ({
    key,
    target: 'modRevision',
    op: '=',
    value: modRevision,
  }));
  for (const key of writes.keys()) if (!existing.has(key)) compare.push({ key, target: 'modRevision', op: '=', value: 0 });
  const puts: Operation[] = [];
  const deletes: Operation[] = [];
  for (const [key, value] of writes) {
    if (value === undefined) deletes.push({ type: 'delete', key });
    else puts.push({ type: 'put', key, value: valueBytes(value) });
  }
  return { kind: 'transaction', transaction: { compare, success: [...puts, ...deletes] }, writes };
}

/** Claims that the change replaces or ends: those of touched types that are ours, stale ones, and old forms that nothing needs any more. */
function supersededClaims(state: NameState, change: NameChange, touched: ReadonlySet<RecordType>, ownership: Ownership): Claim[] {
  if (ownership.kind !== 'txt') return [];
  const present = new Set(state.endpoints.map((endpoint) => endpoint.recordType));
  const oldFormIsNeeded = [...present].some(
    (type) => !touched.has(type) && decidingClaim(state.claims, type, ownership)?.recordType === undefined,
  );
  return state.claims.filter((claim) => {
    if (claim.labels['owner'] !== ownership.ownerId) return false;
    const stale = claim.recordType === undefined ? present.size === 0 : !present.has(claim.recordType);
    if (stale && change.removeStaleOwnership) return true;
    return claim.recordType === undefined ? touched.size > 0 && !oldFormIsNeeded : touched.has(claim.recordType);
  });
}

function isTouched(stored: NameKey, touched: ReadonlySet<RecordType>, superseded: ReadonlySet<string>): boolean {
  const { host, text } = stored.records;
  if (host !== undefined && touched.has(host.type)) return true;
  return text?.kind === 'record' ? touched.has('TXT') : text?.kind === 'ownership' && superseded.has(stored.key);
}

/** What must stay of a key: the parts that are neither touched nor superseded; undefined = nothing. */
function remainderOf(stored: NameKey, touched: ReadonlySet<RecordType>, superseded: ReadonlySet<string>): SkydnsValue | undefined {
  const { host, text } = stored.records;
  const keepsHost = stored.entry.value.host !== undefined && (host === undefined || !touched.has(host.type));
  const keepsText = text !== undefined && (text.kind === 'record' ? !touched.has('TXT') : !superseded.has(stored.key));
  if (!keepsHost && !keepsText) return undefined;
  const { host: hostValue, text: textValue, ...rest } = stored.entry.value;
  return {
    ...rest,
    ...(keepsHost && hostValue !== undefined ? { host: hostValue } : {}),
    ...(keepsText && textValue !== undefined ? { text: textValue } : {}),
  };
}

/** The first place of a target that is usable; undefined when none is. */
function placeOf(prefix: string, endpoint: Endpoint, target: string, owner: string, isUsable: (key: string) => boolean): Place | undefined {
  for (let attempt = 0; attempt < maxPlaceAttempts; attempt++) {
    const place = placeOfTarget(prefix, endpoint, target, owner, attempt);
    if (isUsable(place.key)) return place;
    if (place.targetstrip === 0) return undefined;
  }
  return undefined;
}

function encode(value: SkydnsValue): string {
  return valueText(encodeSkydnsValue(value));
}
