/** A Kubernetes object as a test writes it. */
export interface TestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** An IPAddressPool of metallb-system. */
export function pool(name: string, addresses: readonly string[], spec: Readonly<Record<string, unknown>> = {}): TestObject {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec: { addresses, ...spec },
  };
}

/** A Service of type LoadBalancer unless `spec` says otherwise. `name` is `namespace/name`. */
export function service(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): TestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...keyOf(name), annotations },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: 'x' }, ...spec },
  };
}

/** An Ingress with the given hosts; `addresses` is what its controller has published. */
export function ingress(
  name: string,
  hosts: readonly string[],
  options: { readonly addresses?: readonly string[]; readonly className?: string } = {},
): TestObject {
  const backend = { service: { name: 'x', port: { number: 80 } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: keyOf(name),
    spec: {
      ...(options.className === undefined ? {} : { ingressClassName: options.className }),
      rules: hosts.length === 0 ? [{ http }] : hosts.map((host) => ({ host, http })),
    },
    ...(options.addresses === undefined ? {} : { status: { loadBalancer: { ingress: options.addresses.map((ip) => ({ ip })) } } }),
  };
}

/** A DNSEndpoint with one entry. */
export function dnsEndpoint(name: string, dnsName: string, recordType: string, targets: readonly string[], recordTTL?: number): TestObject {
  return {
    apiVersion: 'externaldns.k8s.io/v1alpha1',
    kind: 'DNSEndpoint',
    metadata: keyOf(name),
    spec: { endpoints: [{ dnsName, recordType, targets, ...(recordTTL === undefined ? {} : { recordTTL }) }] },
  };
}

function keyOf(name: string): { readonly namespace: string; readonly name: string } {
  const [namespace, own] = name.split('/');
  if (namespace === undefined || own === undefined) throw new Error(`${name} is not namespace/name`);
  return { namespace, name: own };
}
