import type { Token } from '../chain/setup.ts';

/** A word of a Corefile as the lexer found it. */
export interface CorefileToken extends Token {
  /** The first word of its line, or of the file or snippet that it was imported from. */
  readonly startsLine: boolean;
}
