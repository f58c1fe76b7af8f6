import { formatObjectRef, type ObjectRef } from '../../model/object-ref.ts';
import { defineReason, listInWords } from '../reason-definition.ts';

const sourceNoun = (source: string): string => `source ${source}`;

/** `namespace/name` without the kind. */
const objectName = (object: ObjectRef): string => (object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`);

/** Decisions of dns-sync about the names and records of an object. */
export const recordReasons = {
  RECORD_PUBLISHED: defineReason<{
    readonly name: string;
    readonly type: string;
    readonly targets: readonly string[];
    readonly ttlSeconds?: number | undefined;
  }>({
    severity: 'info',
    eventReason: 'RecordPublished',
    message: (object, p) =>
      `${p.name} ${p.type} ${listInWords(p.targets)}${p.ttlSeconds === undefined ? '' : ` (TTL ${p.ttlSeconds} s)`} is published for ${formatObjectRef(object)}`,
  }),
  RECORD_REMOVED: defineReason<{ readonly name: string; readonly types: readonly string[]; readonly why: string }>({
    severity: 'info',
    eventReason: 'RecordRemoved',
    message: (object, p) => `${p.name} ${p.types.join(', ')} of ${formatObjectRef(object)} is removed: ${p.why}`,
  }),
  NAME_OUTSIDE_DOMAIN_FILTER: defineReason<{ readonly name: string; readonly filters: readonly string[]; readonly advice: string }>({
    severity: 'warning',
    eventReason: 'NameOutsideDomainFilter',
    message: (object, p) => `${formatObjectRef(object)}: no record for ${p.name}: outside domain filter [${p.filters.join(', ')}]`,
    remedy: (_object, p) => p.advice,
  }),
  SOURCE_OFF: defineReason<{ readonly name: string; readonly source: string; readonly on: readonly string[] }>({
    severity: 'warning',
    eventReason: 'SourceOff',
    message: (object, p) =>
      `no record for ${p.name}: ${formatObjectRef(object)} declares the name, but ${sourceNoun(p.source)} is off (on: ${p.on.join(', ')})`,
    remedy: (_object, p) => `add --source=${p.source}`,
  }),
  SOURCE_NOT_BUILT: defineReason<{ readonly name: string; readonly source: string; readonly on: readonly string[] }>({
    severity: 'warning',
    eventReason: 'SourceOff',
    message: (object, p) =>
      `no record for ${p.name}: ${formatObjectRef(object)} declares the name, but ${sourceNoun(p.source)} is off (on: ${p.on.join(', ')}) and not part of this version`,
    remedy: () => 'publish the name by an Ingress, a Service or a DNSEndpoint until it is',
  }),
  INGRESS_WITHOUT_HOST: defineReason<Readonly<Record<string, never>>>({
    severity: 'warning',
    eventReason: 'NoHost',
    message: (object) => `${formatObjectRef(object)} gives no name: no host in spec.rules or spec.tls, no hostname annotation`,
    remedy: () => 'set spec.rules[].host',
  }),
  NOT_A_LOAD_BALANCER: defineReason<{ readonly type: string; readonly names: readonly string[] }>({
    severity: 'warning',
    eventReason: 'NotALoadBalancer',
    message: (object, p) =>
      `no record for ${listInWords(p.names)}: ${formatObjectRef(object)} is ${p.type}: hostname publishes LoadBalancer addresses (or use internal-hostname)`,
    remedy: () => 'set spec.type to LoadBalancer, or annotate internal-hostname to publish the clusterIP',
  }),
  RECORD_WAITS_FOR_ADDRESS: defineReason<{ readonly names: readonly string[]; readonly cause?: string | undefined }>({
    severity: 'warning',
    eventReason: 'WaitingForAddress',
    message: (object, p) =>
      `${listInWords(p.names)} waits for the address of ${objectName(object)}: ${p.cause ?? `${formatObjectRef(object)} has no address yet`}; its record waits for it`,
    remedy: () => 'see why the address is missing',
  }),
  INGRESS_WITHOUT_ADDRESS: defineReason<{
    readonly names: readonly string[];
    readonly className?: string | undefined;
    readonly problem?: string | undefined;
  }>({
    severity: 'warning',
    eventReason: 'WaitingForAddress',
    message: (object, p) =>
      `no record for ${listInWords(p.names)}: ${formatObjectRef(object)} has no address: ${p.problem ?? (p.className === undefined ? 'it names no ingress class and no controller publishes an address for it' : `controller of class ${p.className} publishes none`)}`,
    remedy: () => 'set publishService (--publish-service) at the ingress controller',
  }),
  NAME_INVALID: defineReason<{ readonly name: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'InvalidName',
    message: (object, p) => `no record for "${p.name}" (${formatObjectRef(object)}): ${p.problem}`,
    remedy: () => 'correct the name',
  }),
  TTL_INVALID: defineReason<{ readonly value: string }>({
    severity: 'warning',
    eventReason: 'InvalidTTL',
    message: (object, p) =>
      `${formatObjectRef(object)} asks for TTL "${p.value}", which is neither seconds nor a duration from 1 s to 2147483647 s: the default is used`,
    remedy: () => 'write seconds ("60") or a duration ("1m30s")',
  }),
  ANNOTATION_UNKNOWN: defineReason<{ readonly annotation: string; readonly suggestion?: string | undefined }>({
    severity: 'warning',
    eventReason: 'UnknownAnnotation',
    message: (object, p) => `${formatObjectRef(object)}: unknown annotation ${p.annotation}`,
    remedy: (_object, p) => (p.suggestion === undefined ? 'remove it, or correct its name' : `did you mean ${p.suggestion}?`),
  }),
  ANNOTATION_VALUE_INVALID: defineReason<{
    readonly annotation: string;
    readonly value: string;
    readonly allowed: readonly string[];
    readonly effect: string;
  }>({
    severity: 'warning',
    eventReason: 'InvalidAnnotation',
    message: (object, p) => `${formatObjectRef(object)}: ${p.annotation} is "${p.value}", which means nothing: ${p.effect}`,
    remedy: (_object, p) => `write one of ${p.allowed.join(', ')}`,
  }),
  OBJECT_EXCLUDED: defineReason<{ readonly names: readonly string[]; readonly by: string }>({
    severity: 'info',
    message: (object, p) => `no record for ${listInWords(p.names)}: ${formatObjectRef(object)} is left out: ${p.by}`,
  }),
  SERVICE_TYPE_NOT_BUILT: defineReason<{ readonly name: string; readonly type: 'NodePort' | 'headless' }>({
    severity: 'warning',
    eventReason: 'NotActedOn',
    message: (object, p) =>
      `no record for ${p.name}: ${formatObjectRef(object)} is ${p.type}, and publishing ${p.type === 'NodePort' ? 'the nodes of NodePort Services' : 'the pods of headless Services'} is not part of this version`,
    remedy: () => 'set spec.type to LoadBalancer, or name the addresses in the target annotation',
  }),
  RECORD_WITHOUT_TARGET: defineReason<{ readonly name: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'NoTarget',
    message: (object, p) => `no record for ${p.name}: ${formatObjectRef(object)} gives no target: ${p.problem}`,
    remedy: () => 'name the targets in the target annotation',
  }),
  RECORD_TYPE_NOT_MANAGED: defineReason<{ readonly name: string; readonly type: string; readonly managed: readonly string[] }>({
    severity: 'warning',
    eventReason: 'TypeNotManaged',
    message: (object, p) =>
      `no ${p.type} record for ${p.name} (${formatObjectRef(object)}): managed record types are ${listInWords(p.managed)}`,
    remedy: (_object, p) => `add --managed-record-types=${p.type}`,
  }),
  ENDPOINT_INVALID: defineReason<{ readonly where: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'InvalidEndpoint',
    message: (object, p) => `${formatObjectRef(object)}: ${p.where} gives no record: ${p.problem}`,
    remedy: (_object, p) => `correct ${p.where}; the other records are published`,
  }),
  RECORD_OWNED_BY_ANOTHER: defineReason<{
    readonly name: string;
    readonly type: string;
    readonly owner: string | undefined;
    readonly resource?: string | undefined;
    readonly ours: string;
  }>({
    severity: 'warning',
    eventReason: 'RecordOwnedByAnother',
    message: (object, p) =>
      `no record for ${p.name} (${formatObjectRef(object)}): ${p.type} is ${p.owner === undefined ? 'not owned by anybody we know' : `owned by ${p.owner}${p.resource === undefined ? '' : ` (${p.resource})`}`}, we are ${p.ours} and may not change it`,
    remedy: () => 'remove the foreign record, or use one owner id for both',
  }),
  NAME_CLAIMED_TWICE: defineReason<{ readonly name: string; readonly type: string; readonly winner: string }>({
    severity: 'warning',
    eventReason: 'NameConflict',
    message: (object, p) => `${p.name} ${p.type} of ${formatObjectRef(object)} is not published: ${p.winner} has the name`,
    remedy: () => 'give each object a name of its own',
  }),
  CNAME_CONFLICT: defineReason<{ readonly name: string; readonly kept: string }>({
    severity: 'warning',
    eventReason: 'NameConflict',
    message: (object, p) =>
      `${p.name} CNAME of ${formatObjectRef(object)} is not published: the name also has ${p.kept}, and a CNAME stands alone (RFC 1034 3.6.2)`,
    remedy: () => 'keep one of the two: the alias, or the other record',
  }),
  RECORD_KEPT_BY_POLICY: defineReason<{
    readonly name: string;
    readonly type: string;
    readonly policy: string;
    readonly change: 'delete' | 'update' | 'replace';
  }>({
    severity: 'warning',
    eventReason: 'RecordKeptByPolicy',
    message: (object, p) =>
      p.change === 'delete'
        ? `${p.name} ${p.type} (${formatObjectRef(object)}) has no source; kept because policy is ${p.policy}`
        : `${p.name} ${p.type} of ${formatObjectRef(object)} is not ${p.change === 'update' ? 'changed' : 'published, because a record in its way may not be removed'}: policy is ${p.policy}`,
    remedy: () => 'use --policy=sync to let records be changed and removed',
  }),
  PREFIX_MISMATCH: defineReason<{
    readonly name: string;
    readonly writePrefix: string;
    readonly readPrefix: string;
    readonly zone: string;
  }>({
    severity: 'warning',
    eventReason: 'PrefixMismatch',
    message: (object, p) =>
      `${p.name} (${formatObjectRef(object)}) is not answered: dns-sync writes under ${p.writePrefix}, zone ${p.zone} reads ${p.readPrefix}: set one prefix`,
    remedy: (_object, p) => `start dns-sync with --coredns-prefix=${p.readPrefix}, or change path of the etcd plugin`,
  }),
  WRITE_FAILED: defineReason<{ readonly name: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'RecordFailed',
    message: (object, p) => `${p.name} of ${formatObjectRef(object)} could not be written: ${p.problem}; it is tried again`,
    remedy: () => 'check the store',
  }),
  UNSUPPORTED_BY_STORE: defineReason<{ readonly name: string; readonly type: string; readonly problem: string }>({
    severity: 'warning',
    eventReason: 'UnsupportedRecord',
    message: (object, p) => `no ${p.type} record for ${p.name} (${formatObjectRef(object)}): ${p.problem}`,
    remedy: () => 'change the object so that the store can hold it; a record that stands already stays',
  }),
} as const;
