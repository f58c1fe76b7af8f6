/** Characters that names in presentation form have: ASCII. A set has one entry, 0 or 1, for each. */
export const alphabet = 128;

/** Which characters a place takes. */
export type CharacterSet = Uint8Array;

/** What holds between two characters. */
export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-boundary' | 'no-word-boundary';

/** A regular expression as a tree. */
export type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  /** `most` undefined: any number of times. Lazy ones prefer fewer. */
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number | undefined; readonly lazy: boolean }
  /** `index` from 1 on; undefined for a group that is not remembered. */
  | { readonly kind: 'group'; readonly part: Node; readonly index: number | undefined };

/** What is wrong with a regular expression. */
export class RegexpSyntaxError extends Error {
  override readonly name: string = 'RegexpSyntaxError';
}
