import { addressReasons } from './catalogue/address-reasons.ts';
import { answerReasons } from './catalogue/answer-reasons.ts';
import { manifestReasons } from './catalogue/manifest-reasons.ts';
import { recordReasons } from './catalogue/record-reasons.ts';
import type { ReasonDefinition } from './reason-definition.ts';

/** Every reason that Seamark can give. docs/reference/reasons.md lists the same codes; a test holds the two together. */
export const reasonCatalogue = { ...addressReasons, ...recordReasons, ...manifestReasons, ...answerReasons } as const;

/** A stable reason code; also the value of the `reason` label of metrics. */
export type ReasonCode = keyof typeof reasonCatalogue;

/** The parameters of a reason code. */
export type ReasonParams<C extends ReasonCode> = (typeof reasonCatalogue)[C] extends ReasonDefinition<infer P> ? P : never;
