import { flag, global, integer, kubernetes, kubernetesList, list, map, object, oneOf, text } from './builders.mjs';

const quantity = (description) => text(description, { pattern: '^[1-9][0-9]*(k|M|G|Ki|Mi|Gi)?$' });

/** Values of the subchart etcd. */
export const etcdValues = object('etcd for the records', {
  enabled: flag('Install it; false needs global.etcd.endpoints'),
  global,
  replicas: { description: 'Members: 1, or 3 which go on when one is lost', type: 'integer', enum: [1, 3] },
  image: object('Image of etcd', {
    registry: text('Registry'),
    repository: text('Repository'),
    tag: text('Tag; default v and the appVersion of the subchart'),
    digest: text('Digest; takes the place of the tag'),
    pullPolicy: oneOf('When it is pulled', ['Always', 'IfNotPresent', 'Never']),
  }),
  persistence: object('Disk of a member', {
    enabled: flag('Use a PersistentVolumeClaim; false is an emptyDir'),
    size: quantity('Size'),
    storageClass: text('StorageClass; empty is the cluster’s default, - is none'),
    accessModes: list('Access modes'),
    annotations: map('Annotations of the claim'),
    whenDeleted: oneOf('What becomes of claims when the release goes', ['Retain', 'Delete']),
    whenScaled: oneOf('What becomes of the claim of a member that is scaled away', ['Retain', 'Delete']),
  }),
  quota: quantity('Size of the data at which etcd stops taking writes (quota-backend-bytes)'),
  autoCompaction: object('When history is forgotten', {
    mode: oneOf('By time or by number of revisions', ['periodic', 'revision']),
    retention: text('How much of it is kept: 1h, or a number of revisions'),
  }),
  extraConfig: map('Further settings of etcd’s configuration file, under its names', undefined),
  logLevel: oneOf('How much etcd logs', ['debug', 'info', 'warn', 'error']),
  tls: object('Certificates of the members; the mode is global.etcd.tls.mode', {
    certificateDays: integer('Life of a generated certificate', 1),
    authorityDays: integer('Life of the generated authority', 1),
    renewalSchedule: text('When due certificates are renewed, as cron has it'),
    memberSecret: text('Mode existing: Secret of the members with tls.crt, tls.key and ca.crt'),
    issuerRef: kubernetes('Mode certManager: issuerRef of the Certificates'),
  }),
  clusterDomain: text('Domain of the cluster’s DNS'),
  joinTimeoutSeconds: integer('How long a member waits for the others before its pod tries anew', 1),
  resources: kubernetes('Resources of the container'),
  priorityClassName: text('Priority class; default global.priorityClassName'),
  podAnnotations: map('Annotations of the pods'),
  podLabels: map('Labels of the pods'),
  nodeSelector: map('Nodes by label'),
  tolerations: kubernetesList('Taints of nodes that are tolerated'),
  affinity: kubernetes('Affinity; default with several members: never two on one node'),
  topologySpreadConstraints: kubernetesList('Spread of the members; default over zones where possible'),
  terminationGracePeriodSeconds: integer('Time to end'),
  podDisruptionBudget: object('Disruption budget of three members', { enabled: flag('Make it: one may be away') }),
});
