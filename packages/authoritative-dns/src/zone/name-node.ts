import type { Rrset } from './rrset.ts';
import type { StoredRecord } from './stored-record.ts';
import type { Zone } from './zone.ts';

/**
 * A name that exists in a zone: it has records, is the apex, or has names below it (an empty non-terminal, RFC 8020). Wildcards are
 * nodes like others whose first label is `*`.
 */
export interface NameNode {
  /** Lower-case wire form. */
  readonly name: Uint8Array;
  readonly hash: number;
  /** The node one label up; `undefined` at an apex with no zone of ours around it. */
  readonly parent: NameNode | undefined;
  /** Existing names directly below. */
  children: number;
  /** The zone that answers for the name. */
  readonly zone: Zone;
  /** True for the node of {@link zone}'s own name. */
  isApex: boolean;
  /** What is stored at the name, ordered by key, so that every replica answers in the same order. */
  records: StoredRecord[];
  /** Made of `records` at the first question after a change. */
  rrsets: readonly Rrset[] | undefined;
  /** Keys that give nothing because of another record of the name; see {@link findConflicts}. */
  conflicts: readonly string[] | undefined;
}
