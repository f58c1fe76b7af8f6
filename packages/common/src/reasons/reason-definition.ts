import type { ObjectRef } from '../model/object-ref.ts';

/**
 * What one reason code means: its sentence, made from typed parameters, and the advice. The sentence stands here once; logs,
 * Events, conditions, metrics and `seamark plan` all show this text.
 */
export interface ReasonDefinition<P> {
  /** `warning`: somebody has to do something. `info`: a decision worth telling. */
  readonly severity: 'info' | 'warning';
  /** The UpperCamelCase reason of the Kubernetes Event; absent = no Event is recorded. */
  readonly eventReason?: string;
  /** One sentence without a final period: object, what was decided, why. */
  readonly message: (object: ObjectRef, params: P) => string;
  /** One sentence in the imperative: what to change. Absent when there is nothing to do. */
  readonly remedy?: (object: ObjectRef, params: P) => string;
}

/** Declares a reason; `P` is the type of its parameters. */
export function defineReason<P>(definition: ReasonDefinition<P>): ReasonDefinition<P> {
  return Object.freeze(definition);
}

/** `a, b and c`; at most `limit` items, then `and N more`. */
export function listInWords(items: readonly string[], limit = 10): string {
  if (items.length === 0) return 'none';
  if (items.length === 1) return items[0] as string;
  if (items.length > limit) return `${items.slice(0, limit).join(', ')} and ${items.length - limit} more`;
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
