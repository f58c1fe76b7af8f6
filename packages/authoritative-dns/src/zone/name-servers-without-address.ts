import { dnsNameFromWire } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';

import { recordTypes } from '../wire/record-type.ts';
import { rrsetOf, type ZoneTree } from './tree/index.ts';

const maxNamed = 3;

/** Name servers of the zones of a tree that lie in one of them and have no address there, so that no resolver finds them. */
export function nameServersWithoutAddress<T>(tree: ZoneTree<T>): string[] {
  const lost = new Set<string>();
  for (const zone of tree.zones()) {
    for (const name of rrsetOf(tree.rrsets(zone.node), recordTypes.NS)?.rdata ?? []) {
      const { zone: inside, node, cut } = tree.find(name);
      if (inside === undefined || cut !== undefined) continue;
      const rrsets = node === undefined ? [] : tree.rrsets(node);
      if (!rrsets.some(({ type }) => type === recordTypes.A || type === recordTypes.AAAA)) lost.add(dnsNameFromWire(name));
    }
  }
  return [...lost];
}

/** One line about {@link nameServersWithoutAddress}, with what to do against it, when there are any. */
export function sayWithoutAddress<T>(tree: ZoneTree<T>, advice: string, logger: Logger): void {
  const names = nameServersWithoutAddress(tree);
  if (names.length === 0) return;
  const more = names.length > maxNamed ? ` and ${names.length - maxNamed} others` : '';
  logger.warn(
    `name servers without address, which nobody outside can ask: ${names.slice(0, maxNamed).join(', ')}${more}; ${advice}, or store an ` +
      'address under the name (in a cluster, the chart publishes that of the Service: authoritative-dns.publishNameServers, or authoritative-dns.nameServerAddresses)',
  );
}
