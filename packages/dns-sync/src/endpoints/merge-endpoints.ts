import type { Endpoint } from '@seamark/common/model';

/** Types of which a name has one target: never united, only freed from repetitions. */
const isSingle: ReadonlySet<string> = new Set(['CNAME', 'DNAME']);

/** What is united into one endpoint: same name, type, set identifier and TTL (and target, for CNAME and DNAME). */
function mergeKey(endpoint: Endpoint): string {
  const targets = isSingle.has(endpoint.recordType) ? endpoint.targets.join('\0') : '';
  return [endpoint.dnsName, endpoint.recordType, endpoint.setIdentifier ?? '', endpoint.recordTTL ?? '', targets].join('\n');
}

/** An endpoint of several contributors, in order: the first one's labels and properties hold. */
export interface Merged<C> {
  readonly endpoint: Endpoint;
  readonly from: readonly C[];
}

/**
 * Unites the endpoints of one source as ExternalDNS does. The contributor whose resource label sorts first gives labels and provider
 * properties, so the outcome does not depend on the order of arrival.
 */
export function mergeEndpoints<C extends { readonly endpoint: Endpoint }>(contributions: Iterable<C>): Merged<C>[] {
  const groups = new Map<string, C[]>();
  for (const contribution of contributions) {
    const key = mergeKey(contribution.endpoint);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [contribution]);
    else group.push(contribution);
  }
  const merged: Merged<C>[] = [];
  for (const group of groups.values()) {
    const from = group.length === 1 ? group : group.toSorted((a, b) => compareText(orderOf(a.endpoint), orderOf(b.endpoint)));
    const first = from[0];
    if (first === undefined) continue;
    const targets = from.length === 1 ? first.endpoint.targets : [...new Set(from.flatMap((each) => each.endpoint.targets))].toSorted();
    merged.push({ endpoint: from.length === 1 ? first.endpoint : { ...first.endpoint, targets }, from });
  }
  return merged;
}

function orderOf(endpoint: Endpoint): string {
  return `${endpoint.labels['resource'] ?? ''}\n${endpoint.targets.join(',')}\n${JSON.stringify(endpoint.providerSpecific)}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
