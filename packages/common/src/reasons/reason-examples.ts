import type { ObjectRef } from '../model/object-ref.ts';
import type { ReasonCode, ReasonParams } from './catalogue.ts';

/** An object and parameters with which a reason can really be given; docs/reference/reasons.md shows its sentence. */
export interface ReasonExample<C extends ReasonCode> {
  readonly object: ObjectRef;
  readonly params: ReasonParams<C>;
}

/** At least one example of each reason, and one more where an optional parameter changes the sentence. The first is documented. */
export type ReasonExamples = { readonly [C in ReasonCode]?: readonly [ReasonExample<C>, ...ReasonExample<C>[]] };

const service: ObjectRef = { kind: 'Service', namespace: 'web', name: 'web' };
const ingress: ObjectRef = { kind: 'Ingress', namespace: 'web', name: 'shop' };
const pool: ObjectRef = { kind: 'IPAddressPool', namespace: 'metallb-system', name: 'lan' };
const dnsEndpoint: ObjectRef = { kind: 'DNSEndpoint', namespace: 'web', name: 'mail' };
const file: ObjectRef = { kind: 'File', name: 'web.yaml' };
const key: ObjectRef = { kind: 'Key', name: '/skydns/org/example/web/5f0c3a91' };

/** Examples of every reason, in the order of the catalogue. */
export const reasonExamples: ReasonExamples = {
  ADDRESS_ASSIGNED: [{ object: service, params: { addresses: ['192.0.2.10', '2001:db8::10'], pool: 'lan' } }],
  ADDRESS_RELEASED: [{ object: service, params: { addresses: ['192.0.2.10'], why: 'it is no longer of type LoadBalancer' } }],
  ADDRESS_KEPT: [
    {
      object: service,
      params: {
        addresses: ['192.0.2.10'],
        pool: 'lan',
        unmet: 'no available IPs in pool dmz: pool dmz is full (1 of 1 addresses in use by Service web/api)',
        advice: 'add a range to pool dmz, or free one of its addresses',
      },
    },
  ],
  NO_POOLS: [{ object: service, params: { namespaces: ['metallb-system'] } }],
  POOL_UNKNOWN: [
    { object: service, params: { pool: 'prod', existing: ['lan', 'dmz'] } },
    { object: service, params: { pool: 'prod', existing: [] } },
  ],
  POOL_UNUSABLE: [{ object: service, params: { pools: ['lan'] } }],
  POOL_FULL: [
    { object: service, params: { pool: 'lan', used: '2', total: '2', holders: ['Service web/api', 'Service web/admin'], otherHolders: 0 } },
    {
      object: service,
      params: { pool: 'lan', used: '256', total: '256', holders: ['Service web/api', 'Service web/admin'], otherHolders: 254 },
    },
  ],
  NO_FREE_ADDRESS: [
    { object: service, params: { pools: [{ pool: 'lan', used: '2', total: '2' }], families: ['IPv4'] } },
    { object: service, params: { pools: [], families: ['IPv4', 'IPv6'] } },
  ],
  ADDRESS_INVALID: [
    { object: service, params: { field: 'spec.loadBalancerIP', value: '192.0.2.256', problem: 'an IPv4 octet is above 255' } },
  ],
  ADDRESS_NOT_IN_POOLS: [
    { object: service, params: { addresses: ['198.51.100.7'], pools: ['lan'] } },
    { object: service, params: { addresses: ['198.51.100.7', '2001:db8::7'], pools: ['lan'] } },
  ],
  ADDRESS_AVOIDED: [{ object: service, params: { address: '192.0.2.0', pool: 'lan' } }],
  ADDRESS_TAKEN: [{ object: service, params: { address: '192.0.2.10', holder: 'Service web/api' } }],
  ADDRESS_POOL_MISMATCH: [{ object: service, params: { addresses: ['198.51.100.7'], pool: 'lan' } }],
  ADDRESS_FAMILY_MISMATCH: [
    { object: service, params: { requested: ['2001:db8::10'], families: ['IPv4'] } },
    { object: service, params: { requested: ['192.0.2.10'], families: ['IPv4', 'IPv6'] } },
  ],
  ADDRESS_REQUESTED_TWICE: [{ object: service, params: { fields: ['metallb.io/loadBalancerIPs', 'spec.loadBalancerIP'] } }],
  ADDRESS_POOL_FAMILY: [{ object: service, params: { pool: 'lan', families: ['IPv6'] } }],
  CLUSTER_IPS_MISSING: [{ object: service, params: { wanted: 2, present: 1 } }],
  CLUSTER_IP_PENDING: [{ object: service, params: {} }],
  DEPRECATED_ANNOTATION: [{ object: service, params: { annotation: 'metallb.universe.tf/address-pool', use: 'metallb.io/address-pool' } }],
  POOL_INVALID: [{ object: pool, params: { field: 'spec.addresses[0]', problem: 'it starts at 192.0.2.9, after its end 192.0.2.1' } }],
  POOL_OVERLAPS: [
    { object: pool, params: { range: '192.0.2.0/24', other: 'IPAddressPool metallb-system/dmz', otherRange: '192.0.2.128/25' } },
  ],
  OBJECT_NOT_ACTED_ON: [
    {
      object: { kind: 'L2Advertisement', namespace: 'metallb-system', name: 'lan' },
      params: { what: 'announcing addresses is not part of this version' },
    },
  ],
  FIELD_NOT_ACTED_ON: [{ object: pool, params: { field: 'spec.serviceAllocation', effect: 'every Service may use the pool' } }],

  RECORD_PUBLISHED: [
    { object: service, params: { name: 'web.example.org', type: 'A', targets: ['192.0.2.10'], ttlSeconds: 60 } },
    { object: service, params: { name: 'web.example.org', type: 'A', targets: ['192.0.2.10', '192.0.2.11'] } },
  ],
  RECORD_REMOVED: [{ object: service, params: { name: 'web.example.org', types: ['A', 'AAAA'], why: 'the Service was deleted' } }],
  NAME_OUTSIDE_DOMAIN_FILTER: [
    { object: service, params: { name: 'web.example.net', filters: ['example.org'], advice: 'add --domain-filter=example.net' } },
  ],
  SOURCE_OFF: [{ object: ingress, params: { name: 'shop.example.org', source: 'ingress', on: ['service'] } }],
  SOURCE_NOT_BUILT: [
    {
      object: { kind: 'HTTPRoute', namespace: 'web', name: 'shop' },
      params: { name: 'shop.example.org', source: 'gateway-httproute', on: ['service', 'ingress'] },
    },
  ],
  INGRESS_WITHOUT_HOST: [{ object: ingress, params: {} }],
  NOT_A_LOAD_BALANCER: [{ object: service, params: { type: 'ClusterIP', names: ['web.example.org'] } }],
  RECORD_WAITS_FOR_ADDRESS: [
    { object: service, params: { names: ['web.example.org'] } },
    { object: service, params: { names: ['web.example.org'], cause: 'pool lan is full' } },
  ],
  INGRESS_WITHOUT_ADDRESS: [
    { object: ingress, params: { names: ['shop.example.org'], className: 'nginx' } },
    { object: ingress, params: { names: ['shop.example.org'] } },
    { object: ingress, params: { names: ['shop.example.org'], className: 'nginx', problem: 'IngressClass nginx does not exist' } },
  ],
  NAME_INVALID: [{ object: service, params: { name: 'web..example.org', problem: 'it contains an empty label ("..")' } }],
  TTL_INVALID: [{ object: service, params: { value: 'soon' } }],
  ANNOTATION_UNKNOWN: [
    {
      object: service,
      params: { annotation: 'external-dns.alpha.kubernetes.io/hostnames', suggestion: 'external-dns.alpha.kubernetes.io/hostname' },
    },
    { object: service, params: { annotation: 'external-dns.alpha.kubernetes.io/colour' } },
  ],
  ANNOTATION_VALUE_INVALID: [
    {
      object: ingress,
      params: {
        annotation: 'external-dns.alpha.kubernetes.io/ingress-hostname-source',
        value: 'hosts',
        allowed: ['annotation-only', 'defined-hosts-only'],
        effect: 'no name is published',
      },
    },
  ],
  OBJECT_EXCLUDED: [{ object: service, params: { names: ['web.example.org'], by: '--label-filter=app=api' } }],
  SERVICE_TYPE_NOT_BUILT: [
    { object: service, params: { name: 'web.example.org', type: 'NodePort' } },
    { object: service, params: { name: 'web.example.org', type: 'headless' } },
  ],
  RECORD_WITHOUT_TARGET: [{ object: service, params: { name: 'web.example.org', problem: 'spec.externalName is empty' } }],
  RECORD_TYPE_NOT_MANAGED: [{ object: dnsEndpoint, params: { name: 'example.org', type: 'MX', managed: ['A', 'AAAA', 'CNAME'] } }],
  ENDPOINT_INVALID: [{ object: dnsEndpoint, params: { where: 'spec.endpoints[0]', problem: '"192.0.2" is not an IPv4 address' } }],
  RECORD_OWNED_BY_ANOTHER: [
    { object: service, params: { name: 'web.example.org', type: 'A', owner: 'east', resource: 'service/web/web', ours: 'west' } },
    { object: service, params: { name: 'web.example.org', type: 'A', owner: 'east', ours: 'west' } },
    { object: service, params: { name: 'web.example.org', type: 'A', owner: undefined, ours: 'west' } },
  ],
  NAME_CLAIMED_TWICE: [{ object: service, params: { name: 'web.example.org', type: 'A', winner: 'Ingress web/shop' } }],
  CNAME_CONFLICT: [{ object: service, params: { name: 'web.example.org', kept: 'A 192.0.2.10' } }],
  RECORD_KEPT_BY_POLICY: [
    { object: service, params: { name: 'web.example.org', type: 'A', policy: 'upsert-only', change: 'delete' } },
    { object: service, params: { name: 'web.example.org', type: 'A', policy: 'create-only', change: 'update' } },
    { object: service, params: { name: 'web.example.org', type: 'CNAME', policy: 'upsert-only', change: 'replace' } },
  ],
  PREFIX_MISMATCH: [
    { object: service, params: { name: 'web.example.org', writePrefix: '/skydns/', readPrefix: '/dns/', zone: 'example.org' } },
  ],
  WRITE_FAILED: [{ object: service, params: { name: 'web.example.org', problem: 'the store did not answer within 5 s' } }],
  UNSUPPORTED_BY_STORE: [{ object: dnsEndpoint, params: { name: 'example.org', type: 'CAA', problem: 'SkyDNS values cannot hold it' } }],

  DOCUMENT_UNREADABLE: [{ object: file, params: { file: 'web.yaml', line: 12, problem: 'bad indentation of a mapping entry' } }],
  DOCUMENT_DUPLICATE: [{ object: service, params: { file: 'b.yaml', line: 1, firstFile: 'a.yaml', firstLine: 20 } }],
  API_VERSION_OLD: [
    { object: ingress, params: { file: 'old.yaml', line: 1, apiVersion: 'extensions/v1beta1', served: 'networking.k8s.io/v1' } },
  ],
  CLUSTER_IP_REFUSED: [
    { object: service, params: { file: 'web.yaml', line: 3, problem: 'clusterIP 10.96.0.10 is taken by Service web/api' } },
  ],
  KIND_NOT_SERVED: [
    { object: ingress, params: { file: 'old.yaml', line: 1, apiVersion: 'extensions/v1beta1', served: 'networking.k8s.io/v1' } },
  ],

  STORED_VALUE_UNREADABLE: [
    { object: key, params: { key: '/skydns/org/example/web/5f0c3a91', problem: 'field ttl is a string, not a number' } },
    {
      object: key,
      params: {
        key: '/skydns/org/example/web/5f0c3a91',
        part: 'its host',
        problem: 'host "192.0.2.1 " has white space around it: remove it',
      },
    },
  ],
  ZONE_FILE_REFUSED: [
    {
      object: { kind: 'ZoneFile', name: '/etc/seamark/example.org.zone' },
      params: {
        path: '/etc/seamark/example.org.zone',
        problem: '/etc/seamark/example.org.zone:12: "192.0.2" is no IPv4 address',
        served: 'the version before stays served',
      },
    },
  ],
};
