import type { ObjectRef } from '../model/object-ref.ts';
import { type ReasonCode, reasonCatalogue, type ReasonParams } from './catalogue.ts';
import type { ReasonDefinition } from './reason-definition.ts';

/**
 * One decision about one object, for one topic (the address of a Service; one name of an Ingress). A later decision on the same
 * object and topic takes its place.
 */
export interface Decision<C extends ReasonCode = ReasonCode> {
  readonly code: C;
  readonly object: ObjectRef;
  /** What of the object it is about: `address`, `name:web.example.org`, `annotation:…`. */
  readonly topic: string;
  readonly params: ReasonParams<C>;
  /** Other objects that take part: the pool, the Service that holds the address. */
  readonly related: readonly ObjectRef[];
  readonly severity: 'info' | 'warning';
  /** One sentence, without the remedy. */
  readonly message: string;
  /** What to change; absent when there is nothing to do. */
  readonly remedy?: string;
  /** Unix milliseconds of the first report with this code and message. */
  readonly sinceMs: number;
  /** True when it was found to hold already (after a restart) instead of being brought about: no Event is recorded again. */
  readonly unchanged?: true;
}

/** What a component hands to {@link ReasonStream.report}; the rest of a {@link Decision} follows from the catalogue. */
export interface DecisionInput<C extends ReasonCode = ReasonCode> {
  readonly code: C;
  readonly object: ObjectRef;
  readonly topic: string;
  readonly params: ReasonParams<C>;
  readonly related?: readonly ObjectRef[];
  /** See {@link Decision.unchanged}. */
  readonly unchanged?: boolean | undefined;
}

/** Makes the full decision; pure. */
export function decide<C extends ReasonCode>(input: DecisionInput<C>, nowMs: number): Decision<C> {
  const definition = reasonCatalogue[input.code] as unknown as ReasonDefinition<ReasonParams<C>>;
  const remedy = definition.remedy?.(input.object, input.params);
  return {
    code: input.code,
    object: input.object,
    topic: input.topic,
    params: input.params,
    related: input.related ?? [],
    severity: definition.severity,
    message: definition.message(input.object, input.params),
    ...(remedy === undefined ? {} : { remedy }),
    sinceMs: nowMs,
    ...(input.unchanged === true ? { unchanged: true } : {}),
  };
}

/** `message; remedy`: the one line that logs, Events and tables show. */
export function formatDecision(decision: Pick<Decision, 'message' | 'remedy'>): string {
  return decision.remedy === undefined ? decision.message : `${decision.message}; ${decision.remedy}`;
}
