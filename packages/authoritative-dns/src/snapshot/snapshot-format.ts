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
 * A block holds whole entries: 2 octets for the length of the key, 4 for that of the value, 1 for that of the lease, then these.
 */
export const snapshotMagic = Buffer.from('SEAMKSNP');

/** Of the layout; a file of another version is refused. */
export const snapshotVersion = 1;

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  /** Normalised prefix of the keys. */
  readonly prefix: string;
  /** Zones whose keys are in it, `example.org.`; keys outside them may be missing. */
  readonly zones: readonly string[];
  /** Revision of the store that the content is as of. */
  readonly revision: number;
  /** Number of entries. */
  readonly entries: number;
  /** When it was written, Unix milliseconds. */
  readonly writtenAtMs: number;
  /** Where the content came from, for people. */
  readonly source: string;
}

/** One stored key. */
export interface SnapshotEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lease: string;
}

/** Octets in front of each entry. */
export const entryHeadOctets = 7;
