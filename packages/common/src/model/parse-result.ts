/**
 * The outcome of a parser that does not throw. `problem` says what is wrong with the text in a few words, without repeating the
 * text, so that it fits behind `spec.addresses[0]: ` or `invalid spec.loadBalancerIP "…": `.
 */
export type ParseResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** A parse that went well. */
export function parsed<T>(value: T): ParseResult<T> {
  return { ok: true, value };
}

/** A parse that failed; see {@link ParseResult} for how `problem` is worded. */
export function unparsable(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
