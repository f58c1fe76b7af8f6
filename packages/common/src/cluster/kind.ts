import type {
  DnsEndpoint,
  HttpRoute,
  Ingress,
  IngressClass,
  IPAddressPool,
  KubernetesObject,
  Lease,
  NamedObject,
  Service,
  Workload,
} from '../model/kubernetes-object.ts';

declare const objectType: unique symbol;

/** A resource type of the Kubernetes API; `T` is the shape of its objects. */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
  /** API group, empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The path segment: `services`, `ipaddresspools`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Type-level only. */
  readonly [objectType]?: T;
}

/** The object shape of a {@link Kind}. */
export type ObjectOf<K extends Kind> = K extends Kind<infer T> ? T : never;

const kind = <T extends KubernetesObject>(group: string, version: string, name: string, plural: string, namespaced = true): Kind<T> =>
  Object.freeze({ group, version, kind: name, plural, namespaced });

export const serviceKind = kind<Service>('', 'v1', 'Service', 'services');
export const namespaceKind = kind<KubernetesObject>('', 'v1', 'Namespace', 'namespaces', false);
export const ingressKind = kind<Ingress>('networking.k8s.io', 'v1', 'Ingress', 'ingresses');
export const ingressClassKind = kind<IngressClass>('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', false);
export const deploymentKind = kind<Workload>('apps', 'v1', 'Deployment', 'deployments');
export const daemonSetKind = kind<Workload>('apps', 'v1', 'DaemonSet', 'daemonsets');
export const leaseKind = kind<Lease>('coordination.k8s.io', 'v1', 'Lease', 'leases');
export const httpRouteKind = kind<HttpRoute>('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes');
export const dnsEndpointKind = kind<DnsEndpoint>('externaldns.k8s.io', 'v1alpha1', 'DNSEndpoint', 'dnsendpoints');
export const ipAddressPoolKind = kind<IPAddressPool>('metallb.io', 'v1beta1', 'IPAddressPool', 'ipaddresspools');
export const l2AdvertisementKind = kind<NamedObject>('metallb.io', 'v1beta1', 'L2Advertisement', 'l2advertisements');
export const bgpAdvertisementKind = kind<NamedObject>('metallb.io', 'v1beta1', 'BGPAdvertisement', 'bgpadvertisements');
export const bgpPeerKind = kind<NamedObject>('metallb.io', 'v1beta2', 'BGPPeer', 'bgppeers');
export const bfdProfileKind = kind<NamedObject>('metallb.io', 'v1beta1', 'BFDProfile', 'bfdprofiles');
export const communityKind = kind<NamedObject>('metallb.io', 'v1beta1', 'Community', 'communities');

/** `group/version`, or `version` for core kinds: the `apiVersion` of an object of this kind. */
export function apiVersionOf(of: Kind): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}
