import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import {
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
  type Kind,
  l2AdvertisementKind,
  leaseKind,
  namespaceKind,
  serviceKind,
} from '../kind.ts';

/** Identity of a resource type in the driver: group and kind, since one object has one identity in all versions. */
export type KindId = string;

/** The {@link KindId} of a kind. */
export function kindIdOf(kind: Kind): KindId {
  return `${kind.group}/${kind.kind}`;
}

/**
 * What the driver makes of an object's apiVersion. `served`: as it is. `converted`: an older version that the API still takes, read as
 * the present one. `gone`: no API server takes it any more. Objects of kinds that Seamark does not know are `served` too; nobody views them.
 */
export type ServedAs =
  | { readonly type: 'served'; readonly kindId: KindId; readonly namespaced: boolean }
  | { readonly type: 'converted'; readonly kindId: KindId; readonly namespaced: boolean; readonly apiVersion: string }
  | { readonly type: 'gone'; readonly kindId: KindId; readonly namespaced: boolean; readonly apiVersion: string };

const known: readonly Kind[] = [
  serviceKind,
  namespaceKind,
  ingressKind,
  ingressClassKind,
  deploymentKind,
  daemonSetKind,
  leaseKind,
  httpRouteKind,
  dnsEndpointKind,
  ipAddressPoolKind,
  l2AdvertisementKind,
  bgpAdvertisementKind,
  bgpPeerKind,
  bfdProfileKind,
  communityKind,
];
const byId = new Map(known.map((kind) => [kindIdOf(kind), kind]));

/** Kinds that moved to another group or name, and what to write today. */
const moved: Readonly<Record<string, Kind>> = {
  'extensions/Ingress': ingressKind,
  'extensions/Deployment': deploymentKind,
  'extensions/DaemonSet': daemonSetKind,
};

/** Versions that differ from the present one in nothing that Seamark reads, and that API servers still take. */
const convertible = new Set(['metallb.io/v1beta1 BGPPeer', 'gateway.networking.k8s.io/v1beta1 HTTPRoute']);

const clusterScopedKinds = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'GatewayClass',
  'PriorityClass',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'RuntimeClass',
  'CSIDriver',
  'ClusterIssuer',
]);

/** Decides how an object of this apiVersion and kind is served; `viewed` are the kinds beyond Seamark's own that somebody views. */
export function servedAs(object: Pick<KubernetesObject, 'apiVersion' | 'kind'>, viewed?: ReadonlyMap<KindId, Kind>): ServedAs {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const id = `${group}/${object.kind}`;
  const successor = moved[id];
  if (successor !== undefined) {
    return { type: 'gone', kindId: kindIdOf(successor), namespaced: successor.namespaced, apiVersion: apiVersionOf(successor) };
  }
  const kind = byId.get(id) ?? viewed?.get(id);
  if (kind === undefined) return { type: 'served', kindId: id, namespaced: !clusterScopedKinds.has(object.kind) };
  const apiVersion = apiVersionOf(kind);
  if (apiVersion === object.apiVersion) return { type: 'served', kindId: id, namespaced: kind.namespaced };
  const type = convertible.has(`${object.apiVersion} ${object.kind}`) ? 'converted' : 'gone';
  return { type, kindId: id, namespaced: kind.namespaced, apiVersion };
}
