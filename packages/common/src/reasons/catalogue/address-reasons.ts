import { formatObjectRef } from '../../model/object-ref.ts';
import { defineReason, listInWords } from '../reason-definition.ts';

/** How full a pool is; counts are exact, as decimal text because an IPv6 pool exceeds 2^53. */
export interface PoolUsage {
  readonly pool: string;
  readonly used: string;
  readonly total: string;
}

/** Decisions of lb-controller about the address of a Service, and about pools. */
export const addressReasons = {
  ADDRESS_ASSIGNED: defineReason<{ readonly addresses: readonly string[]; readonly pool: string }>({
    severity: 'info',
    eventReason: 'IPAllocated',
    message: (object, p) => `${formatObjectRef(object)} has ${listInWords(p.addresses)} from pool ${p.pool}`,
  }),
  ADDRESS_RELEASED: defineReason<{ readonly addresses: readonly string[]; readonly why: string }>({
    severity: 'info',
    eventReason: 'ClearAssignment',
    message: (object, p) => `${formatObjectRef(object)} gave back ${listInWords(p.addresses)}: ${p.why}`,
  }),
  ADDRESS_KEPT: defineReason<{
    readonly addresses: readonly string[];
    readonly pool: string;
    readonly unmet: string;
    readonly advice: string;
  }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} keeps ${listInWords(p.addresses)} from pool ${p.pool} while its request cannot be met: ${p.unmet}`,
    remedy: (_object, p) => p.advice,
  }),
  NO_POOLS: defineReason<{ readonly namespaces: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object) => `${formatObjectRef(object)} cannot get an address: there is no IPAddressPool`,
    remedy: (_object, p) => `create one in namespace ${p.namespaces.join(' or ')} (those of other namespaces are not read)`,
  }),
  POOL_UNKNOWN: defineReason<{ readonly pool: string; readonly existing: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: unknown pool "${p.pool}": pool ${p.pool}, asked for by annotation, does not exist (there is: ${listInWords(p.existing)})`,
    remedy: (_object, p) => `create pool ${p.pool}, or name an existing one`,
  }),
  POOL_UNUSABLE: defineReason<{ readonly pools: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) => `${formatObjectRef(object)} has no address: pool ${listInWords(p.pools)} cannot be used as it is written`,
    remedy: (_object, p) => `correct IPAddressPool ${listInWords(p.pools)}; its own reason says what is wrong`,
  }),
  POOL_FULL: defineReason<PoolUsage & { readonly holders: readonly string[]; readonly otherHolders: number }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: no available IPs in pool ${p.pool}: pool ${p.pool} is full (${p.used} of ${p.total} addresses in use by ${
        p.otherHolders > 0 ? `${p.holders.join(', ')} and ${p.otherHolders} more` : listInWords(p.holders)
      })`,
    remedy: (_object, p) => `add a range to pool ${p.pool}, or free one of its addresses`,
  }),
  NO_FREE_ADDRESS: defineReason<{ readonly pools: readonly PoolUsage[]; readonly families: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: no available IPs: no pool that assigns automatically has a free ${p.families.join(' and ')} address (${listInWords(p.pools.map((u) => `${u.pool}: ${u.used} of ${u.total} in use`))})`,
    remedy: (_object, p) => `add ${p.families.join(' and ')} addresses to a pool that assigns automatically, or name a pool by annotation`,
  }),
  ADDRESS_INVALID: defineReason<{ readonly field: string; readonly value: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) => `${formatObjectRef(object)} has no address: invalid ${p.field} "${p.value}": ${p.problem}`,
    remedy: (_object, p) => `write one IP address in ${p.field}, or one of each family separated by a comma`,
  }),
  ADDRESS_NOT_IN_POOLS: defineReason<{ readonly addresses: readonly string[]; readonly pools: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: ["${p.addresses.join('" "')}"] is not allowed in config: no pool contains ${p.addresses.length > 1 ? 'both' : 'it'} (pools: ${listInWords(p.pools)})`,
    remedy: () => 'ask for an address inside a pool, or add it to one',
  }),
  ADDRESS_AVOIDED: defineReason<{ readonly address: string; readonly pool: string }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: ["${p.address}"] is not allowed in config: pool ${p.pool} has avoidBuggyIPs, which leaves out addresses that end in .0 or .255`,
    remedy: () => 'ask for another address, or turn avoidBuggyIPs off',
  }),
  ADDRESS_TAKEN: defineReason<{ readonly address: string; readonly holder: string }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) => `${formatObjectRef(object)} has no address: ${p.address}, which it asks for, is in use by ${p.holder}`,
    remedy: (_object, p) => `ask for another address, or free it at ${p.holder}`,
  }),
  ADDRESS_POOL_MISMATCH: defineReason<{ readonly addresses: readonly string[]; readonly pool: string }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: ${listInWords(p.addresses)} is not compatible with requested address pool ${p.pool}`,
    remedy: (_object, p) => `ask for an address of pool ${p.pool}, or drop one of the two requests`,
  }),
  ADDRESS_FAMILY_MISMATCH: defineReason<{ readonly requested: readonly string[]; readonly families: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: requested loadBalancer IP(s) ${listInWords(p.requested)} does not match the ipFamily of the service (${p.families.join(', ')})`,
    remedy: (_object, p) => `ask for ${p.families.length === 2 ? 'one address of each family' : `an ${p.families[0]} address`}`,
  }),
  ADDRESS_REQUESTED_TWICE: defineReason<{ readonly fields: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) => `${formatObjectRef(object)} has no address: service can not have both ${p.fields.join(' and ')}`,
    remedy: (_object, p) => `keep one of ${p.fields.join(' and ')}`,
  }),
  ADDRESS_POOL_FAMILY: defineReason<{ readonly pool: string; readonly families: readonly string[] }>({
    severity: 'warning',
    eventReason: 'AllocationFailed',
    message: (object, p) =>
      `${formatObjectRef(object)} has no address: no available IPs in pool ${p.pool}: it has no ${p.families.join(' or no ')} addresses, which the service needs`,
    remedy: (_object, p) => `add an ${p.families[0]} range to pool ${p.pool}`,
  }),
  CLUSTER_IPS_MISSING: defineReason<{ readonly wanted: number; readonly present: number }>({
    severity: 'warning',
    eventReason: 'NotEnoughClusterIPs',
    message: (object, p) => `${formatObjectRef(object)} has no address: it needs ${p.wanted} clusterIPs and has ${p.present}`,
    remedy: () => 'enable dual stack in the cluster, or set ipFamilyPolicy to PreferDualStack',
  }),
  CLUSTER_IP_PENDING: defineReason<Readonly<Record<string, never>>>({
    severity: 'info',
    message: (object) => `${formatObjectRef(object)} waits for its clusterIP`,
  }),
  DEPRECATED_ANNOTATION: defineReason<{ readonly annotation: string; readonly use: string }>({
    severity: 'warning',
    eventReason: 'DeprecatedAnnotation',
    message: (object, p) => `${formatObjectRef(object)} carries the deprecated annotation ${p.annotation}, which still works`,
    remedy: (_object, p) => `write ${p.use} instead`,
  }),
  POOL_INVALID: defineReason<{ readonly field: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'InvalidPool',
    message: (object, p) => `${formatObjectRef(object)} is not used: ${p.field}: ${p.problem}`,
    remedy: (_object, p) => `correct ${p.field}; other pools keep working`,
  }),
  POOL_OVERLAPS: defineReason<{ readonly range: string; readonly other: string; readonly otherRange: string }>({
    severity: 'warning',
    eventReason: 'InvalidPool',
    message: (object, p) => `${formatObjectRef(object)} is not used: its ${p.range} overlaps ${p.otherRange} of ${p.other}`,
    remedy: () => 'give the two pools separate ranges',
  }),
  OBJECT_NOT_ACTED_ON: defineReason<{ readonly what: string }>({
    severity: 'warning',
    eventReason: 'NotActedOn',
    message: (object, p) => `${formatObjectRef(object)} is read but not acted on: ${p.what}`,
    remedy: () => 'until then keep the announcer that you have, for instance MetalLB’s speaker',
  }),
  FIELD_NOT_ACTED_ON: defineReason<{ readonly field: string; readonly effect: string }>({
    severity: 'warning',
    eventReason: 'NotActedOn',
    message: (object, p) => `${formatObjectRef(object)}: ${p.field} is not acted on by this version: ${p.effect}`,
    remedy: (_object, p) => `do not rely on ${p.field} yet`,
  }),
} as const;
