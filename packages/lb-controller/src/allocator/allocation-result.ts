import type { Address, AddressFamily } from '@seamark/common/model';
import type { ReasonParams } from '@seamark/common/reasons';
import type { Assignment } from './holding.ts';

/** Reason codes with which the allocator refuses a request. */
export type RefusalCode =
  | 'NO_POOLS'
  | 'POOL_UNKNOWN'
  | 'POOL_UNUSABLE'
  | 'POOL_FULL'
  | 'NO_FREE_ADDRESS'
  | 'ADDRESS_NOT_IN_POOLS'
  | 'ADDRESS_AVOIDED'
  | 'ADDRESS_TAKEN'
  | 'ADDRESS_POOL_MISMATCH'
  | 'ADDRESS_FAMILY_MISMATCH'
  | 'ADDRESS_POOL_FAMILY';

/** Why a request cannot be met: a reason code with the parameters of its sentence. */
export type Refusal = { readonly [C in RefusalCode]: { readonly code: C; readonly params: ReasonParams<C> } }[RefusalCode];

/** The outcome of one request. */
export type AllocationResult =
  | {
      readonly ok: true;
      readonly assignment: Assignment;
      /** True when an address was added. */
      readonly gained: boolean;
      /** Addresses that the Service had before. They stay reserved for it until `settle`. */
      readonly retired: readonly Address[];
      /** Families that PreferDualStack could use but the pool cannot give now. */
      readonly lacking: readonly AddressFamily[];
    }
  | {
      readonly ok: false;
      readonly refusal: Refusal;
      /** What the Service goes on with although its request cannot be met. */
      readonly kept: Assignment | undefined;
      readonly retired: readonly Address[];
    };

/**
 * Refusals that also cost the Service the address it had. Whoever asks for a definite address has given up the other one: that is
 * MetalLB's behaviour, and what lets two Services swap addresses. Any other request that cannot be met (a pool that is full, unknown
 * or of the wrong family, a request that contradicts itself) leaves a Service with the address that works.
 */
export function costsOldAddress(code: string): boolean {
  return code === 'ADDRESS_NOT_IN_POOLS' || code === 'ADDRESS_AVOIDED' || code === 'ADDRESS_TAKEN';
}
