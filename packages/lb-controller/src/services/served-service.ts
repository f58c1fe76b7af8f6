import { type Address, addressFamily, type ObjectRef, type Service, tryParseAddress } from '@seamark/common/model';
import { allocatedFromPool } from './service-annotations.ts';

/** The condition of a Service that says whether it has an address, and if not, why. */
export const addressCondition = 'seamark.dev/AddressAssigned';

/** The parts of a Service that this package reads: what its view keeps. */
export const serviceFields: readonly string[] = [
  'metadata.annotations',
  'metadata.creationTimestamp',
  'spec.type',
  'spec.clusterIP',
  'spec.clusterIPs',
  'spec.ipFamilies',
  'spec.ipFamilyPolicy',
  'spec.loadBalancerIP',
  'spec.loadBalancerClass',
  'status.loadBalancer',
  'status.conditions',
];

/** True for Services of type LoadBalancer whose `loadBalancerClass` is ours; absent and empty are the same. */
export function isServed(service: Service, loadBalancerClass: string | undefined): boolean {
  return service.spec.type === 'LoadBalancer' && (service.spec.loadBalancerClass ?? '') === (loadBalancerClass ?? '');
}

/** The addresses that a status shows. `foreign`: it also shows something that this package would not write. */
export function publishedAddresses(service: Service): { readonly addresses: readonly Address[]; readonly foreign: boolean } {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const addresses: Address[] = [];
  let foreign = ingress.length > 2;
  for (const entry of ingress) {
    const address = entry.ip === undefined ? undefined : tryParseAddress(entry.ip);
    if (address?.ok === true && entry.hostname === undefined) addresses.push(address.value);
    else foreign = true;
  }
  foreign ||= addresses.length === 2 && addressFamily(addresses[0] as Address) === addressFamily(addresses[1] as Address);
  return { addresses, foreign };
}

/** The pool that a Service's address was last given from, as its annotation says. */
export function recordedPool(service: Service): string | undefined {
  return service.metadata.annotations?.[allocatedFromPool];
}

/** How decisions name a Service. */
export function serviceRef(service: Service): ObjectRef {
  const { namespace, name, uid } = service.metadata;
  return { kind: 'Service', namespace, name, apiVersion: 'v1', uid };
}

/** Orders Services by creationTimestamp (unknown last), then by namespace and name. */
export function compareAge(a: Service, b: Service): number {
  return (
    compare(a.metadata.creationTimestamp ?? '9999', b.metadata.creationTimestamp ?? '9999') ||
    compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
    compare(a.metadata.name, b.metadata.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
