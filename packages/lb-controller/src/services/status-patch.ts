import type { StatusPatch } from '@seamark/common/cluster';
import { type Address, compareAddresses, type Condition, formatAddress, type Service } from '@seamark/common/model';
import { addressCondition, publishedAddresses, recordedPool } from './served-service.ts';
import { allocatedFromPool } from './service-annotations.ts';

/** What the condition is to say. */
export interface ConditionText {
  /** A reason code. */
  readonly reason: string;
  readonly message: string;
}

/** What a Service's status is to show. */
export type WantedStatus =
  | { readonly phase: 'addressed'; readonly addresses: readonly Address[]; readonly pool: string; readonly condition: ConditionText }
  | { readonly phase: 'waiting'; readonly condition: ConditionText }
  /** Nothing of ours. */
  | { readonly phase: 'cleared' };

/**
 * The one write that makes a Service's status show what is wanted; `undefined` when it does already. Other conditions stay as they are.
 * A Service that shows the right address without our condition is left alone, so that taking over a cluster writes nothing.
 */
export function statusPatch(service: Service, wanted: WantedStatus, nowMs: number): StatusPatch | undefined {
  const status: Record<string, unknown> = {};
  const addresses = wanted.phase === 'addressed' ? wanted.addresses : [];
  const shown = publishedAddresses(service);
  const showsThem =
    !shown.foreign && shown.addresses.length === addresses.length && addresses.every((address) => shown.addresses.includes(address));
  if (!showsThem) {
    const ingress = addresses.toSorted(compareAddresses).map((address) => ({ ip: formatAddress(address) }));
    status.loadBalancer = { ingress: ingress.length === 0 ? null : ingress };
  }
  const present = service.status?.conditions?.find((condition) => condition.type === addressCondition);
  const condition = wantedCondition(present, wanted, showsThem, nowMs);
  if (condition !== present) {
    const others = service.status?.conditions?.filter((other) => other.type !== addressCondition) ?? [];
    const conditions = condition === undefined ? others : [...others, condition];
    status.conditions = conditions.length === 0 ? null : conditions;
  }
  const pool = wanted.phase === 'addressed' ? wanted.pool : undefined;
  const annotated = recordedPool(service) === pool;
  if (annotated && Object.keys(status).length === 0) return undefined;
  return {
    status,
    ...(annotated ? {} : { annotations: { [allocatedFromPool]: pool ?? null } }),
    resourceVersion: service.metadata.resourceVersion,
  };
}

function wantedCondition(present: Condition | undefined, wanted: WantedStatus, showsThem: boolean, nowMs: number): Condition | undefined {
  if (wanted.phase === 'cleared') return undefined;
  if (present === undefined && wanted.phase === 'addressed' && showsThem && wanted.condition.reason === 'ADDRESS_ASSIGNED')
    return undefined;
  const status = wanted.phase === 'addressed' ? 'True' : 'False';
  const { reason, message } = wanted.condition;
  if (present?.status === status && present.reason === reason && present.message === message) return present;
  const lastTransitionTime =
    present?.status === status ? present.lastTransitionTime : new Date(nowMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  return { type: addressCondition, status, reason, message, lastTransitionTime };
}
