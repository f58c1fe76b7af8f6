import type { FieldReader } from './text-field.ts';
import type { OctetBuilder } from './octet-builder.ts';

/** How one field of RDATA is written as text and in octets. */
export interface FieldKind {
  /** Takes its words and appends its octets; returns what is wrong with them, worded to follow the field's label, or `undefined`. */
  readonly parse: (input: FieldReader, out: OctetBuilder) => string | undefined;
  /**
   * Where the field that starts at `at` ends; −1 when the octets up to `end`, the end of the RDATA, do not hold one. Looks at
   * nothing outside `at` to `end`.
   */
  readonly end: (octets: Uint8Array, at: number, end: number) => number;
  /** The text of octets that {@link FieldKind.end} accepted; empty for a field of no words. */
  readonly format: (octets: Uint8Array, at: number, end: number) => string;
  /** For names: whether senders may compress (RFC 1035 types) and whether receivers take compression (RFC 3597 4). */
  readonly compression?: 'both' | 'receive' | 'none';
}

/** A field with the word by which messages name it. */
export interface RdataField {
  readonly label: string;
  readonly kind: FieldKind;
}
