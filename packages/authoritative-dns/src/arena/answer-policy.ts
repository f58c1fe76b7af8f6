import type { AheadPolicy, Handler } from '../chain/handler.ts';
import { minUdpPayloadOctets, ownUdpPayloadOctets } from '../wire/limits.ts';

/** What is done to all compiled answers of a zone, besides what its records say. */
export interface AnswerPolicy {
  /** Records of A, AAAA and MX change places at random, as `loadbalance round_robin` has it. */
  readonly rotate: boolean;
  /** No answer over UDP is larger: 512 to 1,232. */
  readonly udpLimit: number;
  /** Questions for these types go to JavaScript. */
  readonly exceptTypes: readonly number[];
  /** What the option NSID is answered with; `undefined` = such questions go to JavaScript. */
  readonly nsid: Uint8Array | undefined;
  /** Positive answers have nothing but their answer section. Default false. */
  readonly minimal?: boolean;
  /** Names that do not exist go to JavaScript, where another handler may have them (`fallthrough`). Default false. */
  readonly askNameErrors?: boolean;
  /** Names that do not exist and have a label `*` or `any` go to JavaScript (SkyDNS's wildcards in questions). Default false. */
  readonly askWildcardLabels?: boolean;
}

const maxExceptTypes = 16;
const maxNsidOctets = 128;

/**
 * One policy that does what several handlers would do, outermost first; `undefined` when the arena cannot: then every question
 * must go to JavaScript.
 */
export function combinePolicies(policies: readonly AheadPolicy[]): AnswerPolicy | undefined {
  const exceptTypes = [...new Set(policies.flatMap((policy) => policy.exceptTypes ?? []))];
  const nsid = policies.find((policy) => policy.nsid !== undefined)?.nsid;
  if (exceptTypes.length > maxExceptTypes || (nsid?.length ?? 0) > maxNsidOctets) return undefined;
  const limits = policies.map((policy) => policy.udpPayloadLimit ?? ownUdpPayloadOctets);
  return {
    rotate: policies.some((policy) => policy.rotation === 'round_robin'),
    udpLimit: Math.max(minUdpPayloadOctets, Math.min(ownUdpPayloadOctets, ...limits)),
    exceptTypes,
    nsid,
    ...(policies.some((policy) => policy.minimal === true) ? { minimal: true } : {}),
  };
}

/**
 * The policy for what `answering`, one of a chain's handlers, answers; `undefined` when a handler before it must see the questions or
 * their answers, so that nothing can be compiled.
 */
export function policyInChain(handlers: readonly Handler[], answering: Handler): AnswerPolicy | undefined {
  const before = handlers.slice(0, handlers.indexOf(answering)).filter((handler) => handler.transparent !== true);
  const policies = before.flatMap((handler) => (handler.ahead === undefined ? [] : [handler.ahead]));
  return policies.length === before.length ? combinePolicies(policies) : undefined;
}
