import type { ApiServer } from '@seamark/testkit';
import { createObject } from './create-object.ts';

/** Zone of every name of the benches (RFC 2606). */
export const zone = 'bench.example';

/** Where MetalLB, and so both sides, look for pools. */
export const poolNamespace = 'metallb-system';

/** A pool of the network that RFC 2544 sets aside for benchmarks, big enough for every figure. */
export const poolManifest = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'bench', namespace: poolNamespace },
  spec: { addresses: ['198.18.0.0/16'] },
} as const;

/** True for an address of {@link poolManifest}. */
export function inPool(address: string): boolean {
  return address.startsWith('198.18.');
}

/** Name of Service `index`. */
export function serviceName(index: number): string {
  return `app-${index}`;
}

/** Host name of Service `index`. */
export function hostName(index: number): string {
  return `${serviceName(index)}.${zone}`;
}

/** A Service of type LoadBalancer with a host name, under the annotation prefix that the peers and we read. */
export function serviceManifest(index: number): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName(index),
      namespace: 'default',
      annotations: { 'external-dns.alpha.kubernetes.io/hostname': hostName(index) },
    },
    spec: {
      type: 'LoadBalancer',
      selector: { app: serviceName(index) },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  };
}

/** Creates Services `first` … `first + count - 1` in the namespace default, at most `concurrency` at a time. */
export async function createServices(api: ApiServer, first: number, count: number, concurrency: number): Promise<void> {
  let next = first;
  const worker = async (): Promise<void> => {
    while (next < first + count) await createObject(api, '/api/v1/namespaces/default/services', serviceManifest(next++));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Addresses in the status of every Service of the namespace default, by Service name. */
export async function addressesOf(api: ApiServer): Promise<ReadonlyMap<string, string>> {
  const answer = await api.request('GET', '/api/v1/namespaces/default/services');
  const { items } = JSON.parse(answer.text) as { items: readonly ServiceObject[] };
  return new Map(items.flatMap((item) => addressOf(item).map((address) => [item.metadata.name, address] as const)));
}

/** The members of a Service that the benches read. */
export interface ServiceObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** The address of a Service, as a list of none or one. */
export function addressOf(service: ServiceObject): string[] {
  const address = service.status?.loadBalancer?.ingress?.[0]?.ip;
  return address === undefined ? [] : [address];
}
