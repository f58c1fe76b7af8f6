import { type AddressRange, type IPAddressPool, type ObjectRef, tryParseAddressRange } from '@seamark/common/model';
import type { PoolDefinition } from '../allocator/index.ts';

/** One entry of `spec.addresses`. */
export interface PoolEntry {
  /** As it was written. */
  readonly text: string;
  readonly range: AddressRange;
}

/** An IPAddressPool that makes sense by itself, or the field that does not. */
export type PoolReading =
  | {
      readonly ok: true;
      readonly definition: PoolDefinition;
      readonly entries: readonly PoolEntry[];
      readonly notActedOn: readonly NotActedOn[];
    }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** A field that this version reads and does not follow. */
export interface NotActedOn {
  readonly field: string;
  /** What happens instead. */
  readonly effect: string;
}

/**
 * Reads the spec of an IPAddressPool (metallb.io/v1beta1) without looking at other pools. `serviceAllocation` is not followed: a pool
 * that is pinned to some Services is treated as `autoAssign: false`, because giving it to everybody would break the promise that it
 * makes. One that only sets a priority is open to everybody in MetalLB too, and stays so.
 */
export function readPool(object: IPAddressPool): PoolReading {
  const spec = object.spec ?? {};
  const addresses: unknown = spec.addresses;
  if (!Array.isArray(addresses) || addresses.length === 0)
    return { ok: false, field: 'spec.addresses', problem: 'it must list at least one CIDR or range' };
  const entries: PoolEntry[] = [];
  for (const [index, text] of addresses.entries()) {
    const field = `spec.addresses[${index}]`;
    if (typeof text !== 'string') return { ok: false, field, problem: 'it must be text: a CIDR or a range' };
    const range = tryParseAddressRange(text);
    if (!range.ok) return { ok: false, field, problem: `invalid CIDR or range "${text}": ${range.problem}` };
    entries.push({ text, range: range.value });
  }
  // Text such as "false" would read as true: refused rather than guessed.
  for (const name of ['autoAssign', 'avoidBuggyIPs'] as const) {
    const value: unknown = spec[name];
    if (value !== undefined && value !== null && typeof value !== 'boolean')
      return { ok: false, field: `spec.${name}`, problem: 'it must be true or false' };
  }
  const allocation: unknown = spec.serviceAllocation;
  if (allocation !== undefined && allocation !== null && (typeof allocation !== 'object' || Array.isArray(allocation))) {
    return { ok: false, field: 'spec.serviceAllocation', problem: 'it must be an object' };
  }
  const members = Object.keys(allocation ?? {});
  const pinned = members.some((name) => name !== 'priority');
  const notActedOn: NotActedOn[] = [];
  if (pinned) {
    notActedOn.push({
      field: 'spec.serviceAllocation',
      effect: 'the pool is treated as autoAssign: false, so only Services that ask for it get its addresses',
    });
  } else if (members.length > 0) {
    notActedOn.push({ field: 'spec.serviceAllocation.priority', effect: 'pools are tried in the order of their names' });
  }
  return {
    ok: true,
    definition: {
      name: object.metadata.name,
      ranges: entries.map((entry) => entry.range),
      autoAssign: (spec.autoAssign ?? true) && !pinned,
      avoidBuggyIPs: spec.avoidBuggyIPs ?? false,
    },
    entries,
    notActedOn,
  };
}

/** How decisions name a pool. */
export function poolRef(object: IPAddressPool): ObjectRef {
  const { namespace, name, uid } = object.metadata;
  return { kind: 'IPAddressPool', namespace, name, apiVersion: 'metallb.io/v1beta1', uid };
}
