import type { Address, AddressFamily } from '@seamark/common/model';
import type { ServiceKey } from './holding.ts';

/**
 * Which families a Service takes. It follows from the Service's clusterIPs, never from what a pool could give: so a Service with one
 * clusterIP stays at one address however often it is looked at.
 */
export type FamilyWish =
  | { readonly stack: 'single'; readonly family: AddressFamily }
  /** Both or nothing, of one pool. */
  | { readonly stack: 'require-dual' }
  /** Both of one pool if that can be, else one, preferably of the primary family. */
  | { readonly stack: 'prefer-dual'; readonly primary: AddressFamily };

/** What a Service asks for, as read from its spec and annotations. */
export interface AddressRequest {
  readonly service: ServiceKey;
  readonly wish: FamilyWish;
  /** Exactly these addresses: one, or one of each family. */
  readonly addresses?: readonly Address[] | undefined;
  /** Only this pool, also when it does not assign automatically. */
  readonly pool?: string | undefined;
}

/** The families that a wish can be given, IPv4 first. */
export function wantedFamilies(wish: FamilyWish): readonly AddressFamily[] {
  return wish.stack === 'single' ? [wish.family] : bothFamilies;
}

/** IPv4 and IPv6, in the order of every status. */
export const bothFamilies: readonly AddressFamily[] = ['IPv4', 'IPv6'];
