/**
 * The part of a Kubernetes object's metadata that Seamark reads. Shapes are those of the API server's JSON: times are
 * RFC 3339 strings, absent maps are absent.
 */
export interface ObjectMeta {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque; only equality means anything. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Any Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** One entry of `status.loadBalancer.ingress`. */
export interface LoadBalancerIngress {
  readonly ip?: string;
  readonly hostname?: string;
}

/** A condition as in metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** core/v1 Service. */
export interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[];
    readonly ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
    readonly loadBalancerIP?: string;
    readonly loadBalancerClass?: string;
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly externalTrafficPolicy?: 'Cluster' | 'Local';
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port: number; readonly nodePort?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] };
    readonly conditions?: readonly Condition[];
  };
}

/** networking.k8s.io/v1 Ingress. */
export interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly rules?: readonly { readonly host?: string }[];
    readonly tls?: readonly { readonly hosts?: readonly string[] }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] } };
}

/** gateway.networking.k8s.io/v1 HTTPRoute: the part that names hosts. */
export interface HttpRoute extends KubernetesObject {
  readonly spec?: { readonly hostnames?: readonly string[] };
}

/** externaldns.k8s.io/v1alpha1 DNSEndpoint. */
export interface DnsEndpoint extends KubernetesObject {
  readonly spec?: { readonly endpoints?: readonly DnsEndpointEntry[] };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** One entry of a DNSEndpoint's `spec.endpoints`. */
export interface DnsEndpointEntry {
  readonly dnsName?: string;
  readonly recordType?: string;
  readonly targets?: readonly string[];
  readonly recordTTL?: number;
  readonly setIdentifier?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly providerSpecific?: readonly { readonly name: string; readonly value: string }[];
}

/** metallb.io/v1beta1 IPAddressPool. */
export interface IPAddressPool extends KubernetesObject {
  readonly spec?: {
    readonly addresses?: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
    readonly serviceAllocation?: Readonly<Record<string, unknown>>;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** An object of which only the existence and name matter (advertisements, peers, …). */
export interface NamedObject extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** coordination.k8s.io/v1 Lease. `renewTime` and `acquireTime` are RFC 3339 with six decimals. */
export interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** apps/v1 Deployment or DaemonSet: the part that tells how an ingress controller was started. */
export interface Workload extends KubernetesObject {
  readonly spec?: {
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly {
          readonly image?: string;
          readonly args?: readonly string[];
          readonly command?: readonly string[];
        }[];
      };
    };
  };
}

/** networking.k8s.io/v1 IngressClass. */
export interface IngressClass extends KubernetesObject {
  readonly spec?: { readonly controller?: string };
}
