/**
 * A snapshot file:
 *
 * | octets | what |
 * |---|---|
 * | 8 | `SEAMKSNP` |
 * | 4 | version of this layout, little endian as all numbers |
 * | 4, 4, n | length and CRC-32 of a header, and the header: JSON of {@link SnapshotHeader} |
 * | 4, 4, n | length and CRC-32 of a block, and the block; any number of times |
 * | 4, 4 | zero, and the CRC-32 of all blocks' CRCs: the end |
 *
 * A block holds whole entries, each of which is
 *
 * | octets | what |
 * |---|---|
 * | 1 | {@link entryKinds}, and {@link notAscii} when the key is not ASCII |
 * | 1 | octets that the key shares with that of the entry before, none in the first of a block |
 * | 2, n | length of the rest of the key, and the rest |
 * | 4, 4 or 16 | of an address: TTL (0 = none) and the address |
 * | 1, 4, n, n | of a value: lengths of lease and value, the id of the lease as text, and the value |
 */
export const snapshotMagic = Buffer.from('SEAMKSNP');

/** Of the layout; a file of another version is refused. */
export const snapshotVersion = 2;

/** Kinds of entries: a value as it is stored, or an address that has nothing but a TTL besides, as most values are. */
export const entryKinds = { value: 0, ipv4: 1, ipv6: 2 } as const;

/** Bit beside the kind of an entry. */
export const notAscii = 0x80;

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  /** Normalised prefix of the keys. */
  readonly prefix: string;
  /** Zones whose keys are in it, `example.org.`; keys outside them may be missing. */
  readonly zones: readonly string[];
  /** Revision of the last change of the content. */
  readonly revision: number;
  /** Revision of the store that the content is as of, at least {@link revision}. */
  readonly asOf: number;
  /** The last changes before {@link asOf}, by which a store is known again; see `StoreHistory`. */
  readonly marks: readonly HistoryMark[];
  /** Number of entries. */
  readonly entries: number;
  /** When it was written, Unix milliseconds. */
  readonly writtenAtMs: number;
  /** Where the content came from, for people. */
  readonly source: string;
}

/** A key as it was left by its last change: the revision of that, or 0 for a key that was deleted. */
export interface HistoryMark {
  readonly key: string;
  readonly modRevision: number;
}

/** A stored key with its value. */
export interface StoredValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lease: string;
}

/** A stored key whose value is an address, with a TTL or without, and nothing else. */
export interface StoredAddress {
  readonly key: string;
  readonly kind: typeof entryKinds.ipv4 | typeof entryKinds.ipv6;
  /** 4 or 16 octets, a character each. */
  readonly host: string;
  /** 0 = not given. */
  readonly ttlSeconds: number;
}

/** One stored key. */
export type SnapshotEntry = StoredValue | StoredAddress;

/** Takes entries one by one; there are no objects made of them, since there may be a million. */
export interface SnapshotVisitor {
  address(key: string, kind: StoredAddress['kind'], host: string, ttlSeconds: number): void;
  /** `value` is valid during the call. */
  value(key: string, value: Uint8Array, lease: string): void;
}
