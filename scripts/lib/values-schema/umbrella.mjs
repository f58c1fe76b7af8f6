import { flag, integer, kubernetesList, list, map, object, oneOf, text } from './builders.mjs';
import { authoritativeDnsValues, dnsSyncValues, lbControllerValues } from './components.mjs';
import { etcdValues } from './etcd.mjs';
import { monitoringValues } from './monitoring.mjs';
import { installValues } from './install.mjs';

const globalValues = object('What all components share', {
  fullnameOverride: text('Prefix of all objects’ names; default: the release’s name'),
  commonLabels: map('Labels of all objects'),
  image: object('Seamark’s image, one for all components', {
    registry: text('Registry'),
    repository: text('Repository'),
    tag: text('Tag; default: the chart’s appVersion'),
    digest: text('Digest (sha256:…); goes before the tag'),
    pullPolicy: oneOf('When it is pulled', ['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: {
    description: 'Secrets for the registry: names, or objects with the key name',
    type: 'array',
    items: { type: ['string', 'object'] },
  },
  priorityClassName: text('Priority class of all pods; empty = none'),
  logLevel: oneOf('How much is logged', ['debug', 'info', 'warn', 'warning', 'error']),
  logFormat: oneOf('Form of log lines', ['auto', 'text', 'json']),
  zones: list('Zones that are answered for and filled, unless authoritative-dns and dns-sync are told otherwise'),
  etcd: object('etcd of the records', {
    endpoints: list('Endpoints of an outside etcd (https://HOST:PORT); empty = the one of this chart'),
    prefix: text('Keys below it are read and written'),
    tls: object('TLS to etcd', {
      mode: oneOf('Where certificates come from; an outside etcd: existing or off', ['generated', 'certManager', 'existing', 'off']),
      existingSecret: text('Secret with the files of clients'),
      caKey: text('Key of the CA certificate in it'),
      certKey: text('Key of the client certificate in it; empty = no client certificate'),
      keyKey: text('Key of the client certificate’s key in it'),
      serverName: text('Name that the certificate of an outside etcd must carry'),
      insecure: flag('Do not check the certificate of etcd'),
    }),
    auth: object('Users of etcd', {
      enabled: flag('Use user name and password'),
      existingSecret: text('Outside etcd: Secret with user name and password'),
      usernameKey: text('Key of the user name in it'),
      passwordKey: text('Key of the password in it'),
      rotation: integer('Raise it to make new passwords'),
    }),
  }),
  networkPolicy: object('NetworkPolicies', {
    enabled: flag('Make them'),
    metricsFrom: kubernetesList('Peers that may read metrics; empty = everybody'),
    apiServer: object('The Kubernetes API in egress rules', {
      ports: list('Its ports', { type: 'integer' }),
      cidrs: list('Its addresses; empty = anywhere'),
    }),
  }),
});

const poolValues = {
  description: 'Pools of addresses, made as IPAddressPools in the release’s namespace',
  type: 'array',
  items: {
    ...object('A pool', {
      name: text('Name'),
      addresses: list('Ranges: 192.0.2.240-192.0.2.250, 198.51.100.0/24, 2001:db8::/120'),
      autoAssign: flag('Give addresses also to Services that do not name the pool; default true'),
      avoidBuggyIPs: flag('Leave out addresses that end with 0 or 255'),
      serviceAllocation: { description: 'Namespaces and Services that it is for', type: 'object' },
    }),
    required: ['name', 'addresses'],
  },
};

const namedSpecs = (description) => ({
  description,
  type: 'array',
  items: { ...object('Name and spec', { name: text('Name'), spec: { description: 'spec', type: 'object' } }), required: ['name'] },
});

/** The schema of the umbrella's values, subcharts included; `sections` are those of the configuration's JSON schema. */
export const umbrellaValues = (sections, directives) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Values of the chart seamark',
  ...object('Values of the chart seamark', {
    global: globalValues,
    addressPools: poolValues,
    l2Advertisements: namedSpecs('L2Advertisements; this version does not act on them'),
    bgpAdvertisements: namedSpecs('BGPAdvertisements; this version does not act on them'),
    'lb-controller': lbControllerValues(sections.lbController),
    'dns-sync': dnsSyncValues(sections.dnsSync),
    'authoritative-dns': authoritativeDnsValues(sections.authoritativeDns, directives),
    etcd: etcdValues,
    ...monitoringValues,
    ...installValues,
    tests: object('helm test', {
      enabled: flag('Make the Pod and its permissions'),
      name: text('Name of the record that it makes; default: below the first zone'),
    }),
  }),
});
