import { type Endpoint, compareAddresses, tryParseAddress } from '@seamark/common/model';
import { canonicalTarget } from '../endpoints/canonical-endpoint.ts';

/** Targets in canonical text, sorted, without repetition: what two endpoints are compared by. */
export function comparableTargets(endpoint: Endpoint): string[] {
  return [...new Set(endpoint.targets.map((target) => canonicalTarget(endpoint.recordType, target)))].toSorted(compareTargets);
}

/** Order of targets: addresses by value, before all names; names by text. */
export function compareTargets(a: string, b: string): number {
  const left = tryParseAddress(a);
  const right = tryParseAddress(b);
  if (left.ok && right.ok) return compareAddresses(left.value, right.value);
  if (left.ok !== right.ok) return left.ok ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Order of candidates for one name and type, best first, as ExternalDNS resolves conflicts: fewer targets, then the smaller
 * targets; what is still equal is ordered by resource label, TTL and properties, so that the order of arrival never decides.
 */
export function compareCandidates(a: Endpoint, b: Endpoint): number {
  const left = comparableTargets(a);
  const right = comparableTargets(b);
  if (left.length !== right.length) return left.length - right.length;
  for (const [index, target] of left.entries()) {
    const order = compareTargets(target, right[index] ?? '');
    if (order !== 0) return order;
  }
  return (
    compareText(resourceOf(a), resourceOf(b)) || (a.recordTTL ?? 0) - (b.recordTTL ?? 0) || compareText(propertiesOf(a), propertiesOf(b))
  );
}

/** Whether `desired` asks for anything that `current` is not: a TTL, other targets, other provider properties. */
export function needsUpdate(current: Endpoint, desired: Endpoint): boolean {
  if (desired.recordTTL !== undefined && desired.recordTTL !== current.recordTTL) return true;
  const present = comparableTargets(current);
  const wanted = comparableTargets(desired);
  if (present.length !== wanted.length || present.some((target, index) => target !== wanted[index])) return true;
  return propertiesOf(current) !== propertiesOf(desired);
}

/** The `resource` label, empty when there is none. */
export function resourceOf(endpoint: Endpoint): string {
  return endpoint.labels['resource'] ?? '';
}

function propertiesOf(endpoint: Endpoint): string {
  if (endpoint.providerSpecific.length === 0) return '';
  return endpoint.providerSpecific
    .map(({ name, value }) => `${name}\0${value}`)
    .toSorted()
    .join('\n');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
