import { joinOctets } from '../../wire/rdata-encoder.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { isAtOrBelow, replaceSuffix } from '../answer/names.ts';
import { nodeName, type Rrset, type ZoneNode } from '../tree/index.ts';

/** Octets in front of the host in the RDATA of types whose host may be the name of the record itself. */
const hostAt: ReadonlyMap<number, number> = new Map([
  [recordTypes.MX, 2],
  [recordTypes.SRV, 6],
]);

/**
 * An RRset of a stored `*` with hosts at or below that very name, which its values do not give: a service with an address is its own host.
 * For a name that the wildcard stands for they are that name, and those below it.
 */
class WildcardTargets implements Rrset {
  readonly type: number;
  readonly rdata: readonly Uint8Array[];
  readonly volatile = true;
  private readonly stored: Rrset;
  private readonly wildcard: Uint8Array;

  constructor(stored: Rrset, wildcard: Uint8Array) {
    this.type = stored.type;
    this.rdata = stored.rdata;
    this.stored = stored;
    this.wildcard = wildcard;
  }

  get ttlSeconds(): number {
    return this.stored.ttlSeconds;
  }

  rdataFor(name: Uint8Array): readonly Uint8Array[] {
    const at = hostAt.get(this.type) as number;
    return this.rdata.map((rdata) => {
      const host = rdata.subarray(at);
      const target = isAtOrBelow(host, this.wildcard) ? replaceSuffix(host, this.wildcard.length, name) : undefined;
      return target === undefined ? rdata : joinOctets([rdata.subarray(0, at), target]); // too long for a name: as it is
    });
  }
}

/** The RRsets of a wildcard, with the hosts that follow the name that is asked. */
export function withWildcardTargets(rrsets: readonly Rrset[], node: ZoneNode<unknown>): readonly Rrset[] {
  const wildcard = nodeName(node);
  return rrsets.map((rrset) => {
    const at = hostAt.get(rrset.type);
    const follows = at !== undefined && rrset.rdata.some((rdata) => isAtOrBelow(rdata.subarray(at), wildcard));
    return follows ? new WildcardTargets(rrset, wildcard) : rrset;
  });
}
