import { flag, global, kubernetesList, list, map, object, oneOf, optional, port, refused, text } from './builders.mjs';
import { corefileValues } from './corefile.mjs';
import { workloadValues } from './workload.mjs';

const enabled = (instead) => flag(`Install it; false: ${instead}`);

/** Values of lb-controller; `config` is its section of the one configuration schema. */
export const lbControllerValues = (config) =>
  object('Addresses for LoadBalancer Services: what MetalLB’s controller does', {
    enabled: enabled('another one, such as a real MetalLB, gives out the addresses'),
    global,
    ...workloadValues,
    config: { ...config, description: 'Settings of lb-controller, as in the configuration file under lbController' },
    loadBalancerClass: text('The same as config.loadBalancerClass, as in MetalLB’s chart'),
    configNamespaces: list(
      'Namespaces beside the release’s own in which pools and advertisements are read; they may be missing, or come later',
    ),
    rbac: object('Permissions', { create: flag('Make roles and bindings') }),
    controller: object('The same values as MetalLB’s chart has them; they go before the plain ones', workloadValues),
    speaker: refused('addresses are not announced by this version'),
  });

/** Values of dns-sync, with those of ExternalDNS's chart that say the same as a setting. */
export const dnsSyncValues = (config) =>
  object('Records for the objects of the cluster: what ExternalDNS does', {
    enabled: enabled('another one, such as a real ExternalDNS, writes the records'),
    global,
    ...workloadValues,
    config: { ...config, description: 'Settings of dns-sync, as in the configuration file under dnsSync' },
    ...Object.fromEntries(
      [
        'sources',
        'policy',
        'registry',
        'domainFilters',
        'excludeDomains',
        'regexDomainFilter',
        'regexDomainExclusion',
        'txtOwnerId',
        'txtPrefix',
        'txtSuffix',
        'managedRecordTypes',
        'excludeRecordTypes',
        'labelFilter',
        'annotationFilter',
      ].map((key) => [key, withoutDefault(key, config.properties[key])]),
    ),
    annotationPrefix: text('Only annotations with this prefix are read; the same as config.annotationPrefixes with one item'),
    provider: {
      description: 'Where records go: coredns, which is etcd; a name, or an object with the key name',
      type: ['object', 'string'],
      properties: { name: text('Provider: coredns'), webhook: refused('webhook providers are not part of this version') },
      additionalProperties: false,
    },
    namespaced: flag('Only the release’s namespace (or config.namespaces), with Roles instead of a ClusterRole'),
    interval: text('Taken and not needed: nothing is polled'),
    triggerLoopOnEvent: flag('Taken and not needed: every change is an event'),
    rbac: object('Permissions', {
      create: flag('Make roles and bindings'),
      additionalPermissions: kubernetesList('Further rules of the ClusterRole'),
    }),
  });

/** Values of authoritative-dns, with those of CoreDNS's chart that make sense for it. */
export const authoritativeDnsValues = (config, directives) =>
  object('Answers from the records: what CoreDNS with its etcd plugin does', {
    enabled: enabled('another one, such as a CoreDNS with the etcd plugin, answers'),
    global,
    ...workloadValues,
    config: { ...config, description: 'Settings of authoritative-dns, as in the configuration file under authoritativeDns' },
    zones: {
      description: 'The same as config.zones; also as objects with the key zone; default: global.zones',
      type: 'array',
      items: { type: ['string', 'object'], properties: { zone: text('Zone') }, additionalProperties: false },
    },
    dnsPort: port('Port of DNS in the pod'),
    serviceType: oneOf('Type of the Service that answers DNS', ['LoadBalancer', 'NodePort', 'ClusterIP']),
    service: object('The Service that answers DNS', {
      name: text('Its name; default: <fullname>-dns'),
      port: port('Its port, UDP and TCP'),
      nodePort: optional(port('Port of the nodes, UDP and TCP')),
      annotations: map('Its annotations'),
      labels: map('Its labels'),
      addressPool: text('Pool that its address comes from (metallb.io/address-pool)'),
      loadBalancerIPs: list('Its addresses, one of each family (metallb.io/loadBalancerIPs)'),
      loadBalancerIP: text('Its address; loadBalancerIPs takes both families'),
      loadBalancerClass: text('Class of the load balancer'),
      loadBalancerSourceRanges: list('Clients that may ask'),
      allocateLoadBalancerNodePorts: flag('Also open node ports'),
      clusterIP: text('Its cluster address'),
      clusterIPs: list('Its cluster addresses'),
      externalIPs: list('Its external addresses'),
      externalTrafficPolicy: oneOf('Cluster, or Local to see the clients’ addresses', ['Cluster', 'Local']),
      internalTrafficPolicy: oneOf('The same for clients in the cluster', ['Cluster', 'Local']),
      ipFamilyPolicy: oneOf('Address families', ['SingleStack', 'PreferDualStack', 'RequireDualStack']),
      ipFamilies: list('Address families in order', { type: 'string', enum: ['IPv4', 'IPv6'] }),
      trafficDistribution: text('Preference for near pods'),
      sessionAffinity: oneOf('Affinity of clients to pods', ['None', 'ClientIP']),
    }),
    publishNameServers: flag('Publish the addresses of the zones’ name servers'),
    nameServerAddresses: list('Addresses to publish for them instead of those of the Service: nodes, or outside of a NAT'),
    hostPort: optional(port('Answer on this port of the node; its namespace must allow host ports')),
    useHostNetwork: flag('Use the node’s network; its namespace must allow that'),
    ...corefileValues(directives),
  });

function withoutDefault(key, { default: _default, ...schema }) {
  return { ...schema, description: `The same as config.${key}` };
}
