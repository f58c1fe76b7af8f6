import type { Service } from '@seamark/common/model';
import { formatObjectRef } from '@seamark/common/model';
import { readAnnotation, splitList, splitTargets } from './annotations.ts';
import { type AnyDecision, type Derivation, type DerivedEndpoint, decision, emptyDerivation, refOf } from './derivation.ts';
import { endpointTemplate, endpointsForName, usableNames } from './endpoints-for-name.ts';
import { exclusionOf } from './exclusion.ts';
import { unknownAnnotations } from './known-annotations.ts';
import type { ResolvedSourceOptions } from './source-options.ts';

/** The condition in which lb-controller says why a Service has no address. */
export const addressAssignedCondition = 'seamark.dev/AddressAssigned';

/** The members that {@link deriveService} reads, for the view's scope. */
export const serviceFields: readonly string[] = [
  'metadata.annotations', 'metadata.labels', 'spec.type', 'spec.clusterIP', 'spec.clusterIPs', 'spec.externalIPs', 'spec.externalName',
  'status.loadBalancer', 'status.conditions',
]; // prettier-ignore

/**
 * The records of one Service, as ExternalDNS's service source makes them of the Service alone. The target annotation replaces
 * every address; else LoadBalancer gives externalIPs, or the status's addresses and names; ClusterIP its clusterIPs of both
 * families (only for internal-hostname, or with publishInternalServices); ExternalName externalIPs or the name. NodePort and
 * headless Services need nodes and EndpointSlices, which this version does not watch: they get SERVICE_TYPE_NOT_BUILT.
 */
export function deriveService(service: Service, options: ResolvedSourceOptions): Derivation {
  const prefixes = options.annotationPrefixes;
  const hostnames = splitList(readAnnotation(service, 'hostname', prefixes));
  const internalHostnames = splitList(readAnnotation(service, 'internal-hostname', prefixes));
  const unknown = unknownAnnotations(service, prefixes);
  const object = refOf(service);
  if (hostnames.length + internalHostnames.length === 0)
    return unknown.length === 0 ? emptyDerivation : { endpoints: [], decisions: unknown };

  const excluded = excludedBecause(service, options);
  if (excluded !== undefined) {
    return {
      endpoints: [],
      decisions: [decision('OBJECT_EXCLUDED', object, 'object', { names: [...hostnames, ...internalHostnames], by: excluded })],
    };
  }

  const template = endpointTemplate(service, prefixes);
  const endpoints: DerivedEndpoint[] = [];
  const decisions: AnyDecision[] = [...unknown, ...template.decisions];
  const overriding = splitTargets(readAnnotation(service, 'target', prefixes));
  const add = (names: readonly string[], internal: boolean): void => {
    const usable = usableNames(object, names);
    decisions.push(...usable.decisions);
    const targets = overriding.length > 0 ? overriding : targetsOf(service, internal, options);
    for (const name of usable.names) {
      if (typeof targets === 'function') decisions.push(targets(name));
      else endpoints.push(...endpointsForName(name, targets, template));
    }
  };
  add(hostnames, false);
  add(internalHostnames, true);
  return { endpoints, decisions };
}

function excludedBecause(service: Service, options: ResolvedSourceOptions): string | undefined {
  if (options.ignoreHostnameAnnotation) return 'hostname annotations are ignored (--ignore-hostname-annotation)';
  const type = service.spec.type ?? 'ClusterIP';
  if (options.serviceTypes.length > 0 && !options.serviceTypes.includes(type))
    return `its type ${type} is not among [${options.serviceTypes.join(', ')}]`;
  return exclusionOf(service, options);
}

/** The targets by type, or why there are none, as a decision about a name. */
function targetsOf(
  service: Service,
  internal: boolean,
  options: ResolvedSourceOptions,
): readonly string[] | ((name: string) => AnyDecision) {
  const object = refOf(service);
  const { spec } = service;
  const type = spec.type ?? 'ClusterIP';
  const without =
    (problem: string) =>
    (name: string): AnyDecision =>
      decision('RECORD_WITHOUT_TARGET', object, `name:${name}`, { name, problem });

  if (type === 'NodePort' || spec.clusterIP === 'None') {
    return (name) =>
      decision('SERVICE_TYPE_NOT_BUILT', object, `name:${name}`, { name, type: type === 'NodePort' ? 'NodePort' : 'headless' });
  }
  if (type === 'ExternalName') {
    if (internal) return without('an ExternalName Service has no clusterIP for internal-hostname');
    const targets =
      spec.externalIPs !== undefined && spec.externalIPs.length > 0
        ? spec.externalIPs
        : [spec.externalName ?? ''].filter((name) => name !== '');
    return targets.length > 0 ? targets : without('spec.externalName is empty');
  }
  if (internal || (type === 'ClusterIP' && options.publishInternalServices)) {
    const addresses = clusterAddresses(service);
    return addresses.length > 0 ? addresses : without('it has no clusterIP yet');
  }
  if (type === 'ClusterIP') return (name) => decision('NOT_A_LOAD_BALANCER', object, `name:${name}`, { type, names: [name] });

  const targets = loadBalancerTargets(service);
  if (targets.length > 0) return targets;
  const condition = service.status?.conditions?.find((candidate) => candidate.type === addressAssignedCondition);
  const cause =
    condition?.status === 'False' && condition.message !== '' ? condition.message : `${formatObjectRef(object)} has no address yet`;
  return (name) => decision('RECORD_WAITS_FOR_ADDRESS', object, `name:${name}`, { names: [name], cause });
}

/** Every clusterIP of both families; ExternalDNS reads the first alone. */
function clusterAddresses({ spec }: Service): readonly string[] {
  const all = spec.clusterIPs !== undefined && spec.clusterIPs.length > 0 ? spec.clusterIPs : [spec.clusterIP ?? ''];
  return all.filter((address) => address !== '' && address !== 'None');
}

function loadBalancerTargets(service: Service): readonly string[] {
  const { externalIPs } = service.spec;
  if (externalIPs !== undefined && externalIPs.length > 0) return externalIPs;
  return (service.status?.loadBalancer?.ingress ?? [])
    .flatMap(({ ip, hostname }) => [ip ?? '', hostname ?? ''])
    .filter((target) => target !== '');
}
