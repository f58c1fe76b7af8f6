import type { RecordSet } from '../../chain/response.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { type Rrset, rrsetOf, type Zone, type ZoneNode, type ZoneTree } from '../tree/index.ts';
import { lowerCaseName } from './names.ts';
import type { Sections } from './sections.ts';

const addressTypes = [recordTypes.A, recordTypes.AAAA];

/**
 * Sends the client to the servers of a delegated name (RFC 1034 4.3.2 3b): NS, and with DO its DS or the proof that there is none
 * (RFC 4035 3.1.4), and addresses. Returns how many of the additional RRsets are needed: those of servers at or below the cut, which
 * cannot be had otherwise (RFC 9471 3.1). They come first. `owner` is the cut's name.
 */
export function addReferral<T>(tree: ZoneTree<T>, sections: Sections, zone: Zone<T>, cut: ZoneNode<T>, owner: Uint8Array): number {
  const rrsets = tree.rrsets(cut);
  const servers = rrsetOf(rrsets, recordTypes.NS);
  if (servers === undefined) return 0;
  sections.add(sections.authorities, owner, servers, []); // the zone above does not sign them (RFC 4035 2.2)
  if (sections.dnssec) addSecurity(tree, sections, zone, rrsets, owner);

  const needed: RecordSet[] = [];
  const helpful: RecordSet[] = [];
  for (const name of servers.rdata) {
    const found = tree.find(name);
    // Below a cut the node of the glue counts, and a wildcard of the zone does not reach it.
    if (found.node === undefined || (found.cut === undefined ? found.dname !== undefined : found.wildcard)) continue;
    const section = found.cut === cut ? needed : helpful;
    const addresses = tree.rrsets(found.node);
    for (const type of addressTypes) {
      const rrset = rrsetOf(addresses, type);
      if (rrset !== undefined && !sections.has(name, type)) sections.add(section, name, rrset, found.cut === undefined ? addresses : []);
    }
  }
  sections.additionals.push(...needed, ...helpful);
  return needed.length;
}

function addSecurity<T>(tree: ZoneTree<T>, sections: Sections, zone: Zone<T>, rrsets: readonly Rrset[], owner: Uint8Array): void {
  const signers = rrsetOf(rrsets, recordTypes.DS);
  if (signers !== undefined) {
    sections.add(sections.authorities, owner, signers, rrsets);
    return;
  }
  for (const record of tree.denial(zone)?.noData(lowerCaseName(owner)) ?? [])
    sections.add(sections.authorities, record.owner, record.rrset, record.siblings);
}
