import type { Endpoint, KubernetesObject, ObjectRef } from '@seamark/common/model';
import type { DecisionInput, ReasonCode, ReasonParams } from '@seamark/common/reasons';

/** An endpoint that an object asks for, and the part of the object that asks: `metadata.annotations`, `spec.endpoints[2]`. */
export interface DerivedEndpoint {
  readonly endpoint: Endpoint;
  readonly where: string;
}

/** A decision of any code; {@link decision} makes them with checked parameters. */
export type AnyDecision = { [C in ReasonCode]: DecisionInput<C> }[ReasonCode];

/** What one object gives: the records it asks for and, for everything it names without a record, the reason. */
export interface Derivation {
  readonly endpoints: readonly DerivedEndpoint[];
  readonly decisions: readonly AnyDecision[];
}

/** A derivation without endpoints and decisions: the object names nothing. */
export const emptyDerivation: Derivation = Object.freeze({ endpoints: [], decisions: [] });

/** One decision about an object. Topics: `name:<name>` for one name, else the part of the object (`annotation:<key>`, `hosts`). */
export function decision<C extends ReasonCode>(code: C, object: ObjectRef, topic: string, params: ReasonParams<C>): AnyDecision {
  return { code, object, topic, params } as unknown as AnyDecision;
}

/** The reference by which decisions and Events name an object. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { name, namespace, uid } = object.metadata;
  return { kind: object.kind, apiVersion: object.apiVersion, namespace, name, uid };
}

/** ExternalDNS's `resource` label: `<kind>/<namespace>/<name>`, the kind in lower case (`crd` for DNSEndpoint objects). */
export function resourceLabel(object: KubernetesObject): string {
  const kind = object.kind === 'DNSEndpoint' ? 'crd' : object.kind.toLowerCase();
  return `${kind}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

const kindOfLabel: Readonly<Record<string, string>> = {
  service: 'Service',
  ingress: 'Ingress',
  crd: 'DNSEndpoint',
  httproute: 'HTTPRoute',
};

/** The object behind a `resource` label, as far as the label tells; undefined when it is none. */
export function refOfResourceLabel(label: string | undefined): ObjectRef | undefined {
  const [kind, namespace, ...name] = (label ?? '').split('/');
  if (kind === undefined || namespace === undefined || name.length === 0) return undefined;
  return { kind: kindOfLabel[kind] ?? kind, namespace: namespace === '' ? undefined : namespace, name: name.join('/') };
}
