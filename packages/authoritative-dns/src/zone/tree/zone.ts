import type { Rrset } from './rrset.ts';
import type { ZoneNode } from './zone-node.ts';

/** A zone that is answered for. Made by `ZoneTree.addZone`. */
export interface Zone<T> {
  /** Small number that belongs to the label as long as the tree lives, also while the zone is away: the place of its counters. */
  readonly id: number;
  /** `example.org.` */
  readonly label: string;
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  /** The node of the apex. */
  readonly node: ZoneNode<T>;
  /**
   * What the zone above says at this zone's apex and this one cannot: DS, and with them its RRSIGs and NSEC (RFC 4035 2.4). Empty
   * when the zone above is not ours.
   */
  readonly parentSide: readonly Rrset[];
}
