import type { Directive, Position, Token } from '../chain/setup.ts';

/** A server block as written: what stands before its braces, and the lines in them. */
export interface ServerBlock {
  /** `example.org:1053`, `tls://.`, `10.0.0.0/24`; at least one. */
  readonly keys: readonly Token[];
  /** In the order of the file. */
  readonly directives: readonly Directive[];
  readonly at: Position;
}
