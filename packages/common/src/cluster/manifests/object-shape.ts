/** What a member must be; `strings` is a map of strings. */
type Shape = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'strings' | readonly string[];

/**
 * Members that components read without looking twice, by kind. The API server refuses an object that breaks one of these; so does
 * the manifests driver, and then no component meets it. `[]` goes through the items of a list.
 */
const shapes: Readonly<Record<string, readonly (readonly [path: string, shape: Shape])[]>> = {
  Service: [
    ['spec', 'object'],
    ['spec.type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']],
    ['spec.clusterIP', 'string'],
    ['spec.clusterIPs', 'array'],
    ['spec.clusterIPs[]', 'string'],
    ['spec.ipFamilies', 'array'],
    ['spec.ipFamilies[]', ['IPv4', 'IPv6']],
    ['spec.ipFamilyPolicy', ['SingleStack', 'PreferDualStack', 'RequireDualStack']],
    ['spec.loadBalancerIP', 'string'],
    ['spec.loadBalancerClass', 'string'],
    ['spec.externalIPs', 'array'],
    ['spec.externalIPs[]', 'string'],
    ['spec.externalName', 'string'],
    ['spec.externalTrafficPolicy', ['Cluster', 'Local']],
    ['spec.selector', 'strings'],
    ['spec.ports', 'array'],
    ['spec.ports[]', 'object'],
    ['spec.ports[].port', 'number'],
    ['spec.ports[].name', 'string'],
    ['spec.ports[].protocol', ['TCP', 'UDP', 'SCTP']],
  ],
  Ingress: [
    ['spec', 'object'],
    ['spec.ingressClassName', 'string'],
    ['spec.rules', 'array'],
    ['spec.rules[]', 'object'],
    ['spec.rules[].host', 'string'],
    ['spec.tls', 'array'],
    ['spec.tls[]', 'object'],
    ['spec.tls[].hosts', 'array'],
    ['spec.tls[].hosts[]', 'string'],
  ],
  IngressClass: [
    ['spec', 'object'],
    ['spec.controller', 'string'],
  ],
  HTTPRoute: [
    ['spec', 'object'],
    ['spec.hostnames', 'array'],
    ['spec.hostnames[]', 'string'],
  ],
  DNSEndpoint: [
    ['spec', 'object'],
    ['spec.endpoints', 'array'],
    ['spec.endpoints[]', 'object'],
    ['spec.endpoints[].dnsName', 'string'],
    ['spec.endpoints[].recordType', 'string'],
    ['spec.endpoints[].recordTTL', 'number'],
    ['spec.endpoints[].targets', 'array'],
    ['spec.endpoints[].targets[]', 'string'],
  ],
  IPAddressPool: [
    ['spec', 'object'],
    ['spec.addresses', 'array'],
    ['spec.addresses[]', 'string'],
    ['spec.autoAssign', 'boolean'],
    ['spec.avoidBuggyIPs', 'boolean'],
    ['spec.serviceAllocation', 'object'],
  ],
};

const common: readonly (readonly [string, Shape])[] = [
  ['metadata', 'object'],
  ['metadata.name', 'string'],
  ['metadata.namespace', 'string'],
  ['metadata.labels', 'strings'],
  ['metadata.annotations', 'strings'],
  ['status', 'object'],
];

const namePattern = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;

/** Why the API server would refuse a value as an object, in words that follow `FILE:LINE: `; undefined when it would not. */
export function problemOfObject(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `not an object of Kubernetes but ${nounOf(value)}`;
  const { apiVersion, kind, metadata } = value as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly metadata?: unknown };
  if (typeof kind !== 'string' || kind === '') return 'kind is missing';
  if (typeof apiVersion !== 'string' || apiVersion === '') return `${kind}: apiVersion is missing`;
  const problem = firstProblem(value, common) ?? firstProblem(value, shapes[kind] ?? []);
  const name = (metadata as { readonly name?: unknown } | undefined)?.name;
  if (problem !== undefined) return `${typeof name === 'string' ? `${kind} ${name}` : kind}: ${problem}`;
  if (typeof name !== 'string' || name === '') return `${kind}: metadata.name is missing`;
  if (name.length > 253 || !namePattern.test(name)) {
    return `${kind}: metadata.name "${name}" is not a name: only a-z, 0-9, - and . are allowed`;
  }
  return undefined;
}

function firstProblem(value: object, rules: readonly (readonly [string, Shape])[]): string | undefined {
  for (const [path, shape] of rules) {
    const problem = check(value, path.split('.'), 0, shape, '');
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function check(value: unknown, segments: readonly string[], depth: number, shape: Shape, path: string): string | undefined {
  const segment = segments[depth];
  // null is the same as absent, as in the API.
  if (value === undefined || value === null) return undefined;
  if (segment === undefined) return problemOfValue(value, shape, path);
  const each = segment.endsWith('[]');
  const name = each ? segment.slice(0, -2) : segment;
  const member = (value as Record<string, unknown>)[name];
  const at = path === '' ? name : `${path}.${name}`;
  if (!each) return check(member, segments, depth + 1, shape, at);
  if (!Array.isArray(member)) return undefined;
  for (const [index, item] of member.entries()) {
    if (item === null) return `${at}[${index}] is empty`;
    const problem = check(item, segments, depth + 1, shape, `${at}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfValue(value: unknown, shape: Shape, path: string): string | undefined {
  if (Array.isArray(shape)) {
    return typeof value === 'string' && shape.includes(value)
      ? undefined
      : `${path} is ${JSON.stringify(value)}, must be one of ${shape.join(', ')}`;
  }
  if (shape === 'strings') {
    if (typeof value !== 'object' || Array.isArray(value)) return `${path} must be a map, not ${nounOf(value)}`;
    for (const [name, member] of Object.entries(value as object)) {
      if (typeof member !== 'string' && member !== null)
        return `${path}["${name}"] must be a string, not ${nounOf(member)}: write it in quotes`;
    }
    return undefined;
  }
  if (shape === 'array') return Array.isArray(value) ? undefined : `${path} must be a list, not ${nounOf(value)}`;
  if (shape === 'object')
    return typeof value === 'object' && !Array.isArray(value) ? undefined : `${path} must be a map, not ${nounOf(value)}`;
  const type = shape as 'string' | 'number' | 'boolean';
  if (typeof value === type) return undefined;
  return `${path} must be a ${type}, not ${nounOf(value)}${type === 'string' && typeof value !== 'object' ? ': write it in quotes' : ''}`;
}

function nounOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : `the ${typeof value} ${JSON.stringify(value)}`;
}
