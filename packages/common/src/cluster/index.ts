export type { ApplyOptions, Cluster, ClusterEvent, StatusPatch, WriteOptions } from './cluster.ts';
export type { ObjectKey } from './object-key.ts';
export { formatObjectKey } from './object-key.ts';
export type { Change, ObjectView, ViewScope, ViewState } from './object-view.ts';
export type { Kind, ObjectOf } from './kind.ts';
export {
  apiVersionOf,
  bfdProfileKind,
  bgpAdvertisementKind,
  bgpPeerKind,
  communityKind,
  daemonSetKind,
  deploymentKind,
  dnsEndpointKind,
  httpRouteKind,
  ingressClassKind,
  ingressKind,
  ipAddressPoolKind,
  l2AdvertisementKind,
  leaseKind,
  namespaceKind,
  serviceKind,
} from './kind.ts';
export { addressProblemAnnotation, ingressAddressProblem } from './ingress-address-problem.ts';
