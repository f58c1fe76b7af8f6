import { ingressAddressProblem } from '@seamark/common/cluster';
import type { Ingress } from '@seamark/common/model';
import { annotationKey, readAnnotation, splitList, splitTargets } from './annotations.ts';
import { type AnyDecision, type Derivation, decision, refOf } from './derivation.ts';
import { endpointTemplate, endpointsForName, usableNames } from './endpoints-for-name.ts';
import { exclusionOf } from './exclusion.ts';
import { unknownAnnotations } from './known-annotations.ts';
import type { ResolvedSourceOptions } from './source-options.ts';

/** The class annotation of Ingresses before `spec.ingressClassName`. */
const legacyClassAnnotation = 'kubernetes.io/ingress.class';

/** The members that {@link deriveIngress} reads, for the view's scope. */
export const ingressFields: readonly string[] = [
  'metadata.annotations', 'metadata.labels', 'spec.ingressClassName', 'spec.rules', 'spec.tls', 'status.loadBalancer',
]; // prettier-ignore

/**
 * The records of one Ingress: hosts of `spec.rules`, `spec.tls` and the hostname annotation (cut down by ingress-hostname-source and
 * the ignore options), targets of the target annotation or the status. A missing address is explained by whoever ought to publish
 * it, as far as that has said why (ingressAddressProblem), else by the class alone.
 */
export function deriveIngress(ingress: Ingress, options: ResolvedSourceOptions): Derivation {
  const prefixes = options.annotationPrefixes;
  const object = refOf(ingress);
  const unknown = unknownAnnotations(ingress, prefixes);
  const declared = declaredIngressHosts(ingress, prefixes);
  const excluded = classExclusionOf(ingress, options) ?? exclusionOf(ingress, options);
  if (excluded !== undefined) {
    return {
      endpoints: [],
      decisions: declared.length === 0 ? [] : [decision('OBJECT_EXCLUDED', object, 'object', { names: declared, by: excluded })],
    };
  }
  if (declared.length === 0) return { endpoints: [], decisions: [...unknown, decision('INGRESS_WITHOUT_HOST', object, 'hosts', {})] };

  const hosts = readHosts(ingress, options);
  if (!hosts.ok) return { endpoints: [], decisions: [...unknown, hosts.decision] };
  if (hosts.names.length === 0) {
    return {
      endpoints: [],
      decisions: [
        ...unknown,
        decision('OBJECT_EXCLUDED', object, 'object', {
          names: declared,
          by: 'where they stand is not read (ingress-hostname-source, --ignore-…)',
        }),
      ],
    };
  }

  const template = endpointTemplate(ingress, prefixes);
  const usable = usableNames(object, hosts.names);
  const decisions: AnyDecision[] = [...unknown, ...template.decisions, ...usable.decisions];
  const overriding = splitTargets(readAnnotation(ingress, 'target', prefixes));
  const targets = overriding.length > 0 ? overriding : statusTargets(ingress);
  if (targets.length > 0) return { endpoints: usable.names.flatMap((name) => endpointsForName(name, targets, template)), decisions };

  const className = classOf(ingress);
  const problem = ingressAddressProblem(ingress);
  for (const name of usable.names)
    decisions.push(decision('INGRESS_WITHOUT_ADDRESS', object, `name:${name}`, { names: [name], className, problem }));
  return { endpoints: [], decisions };
}

/** All hosts that an Ingress names anywhere, whatever the options say. */
export function declaredIngressHosts(ingress: Ingress, prefixes: readonly string[]): string[] {
  return [...new Set([...ruleHosts(ingress), ...tlsHosts(ingress), ...splitList(readAnnotation(ingress, 'hostname', prefixes))])];
}

/** `spec.ingressClassName` when it is not empty, else the legacy annotation. */
export function classOf(ingress: Ingress): string | undefined {
  const name = ingress.spec?.ingressClassName;
  return name !== undefined && name !== '' ? name : ingress.metadata.annotations?.[legacyClassAnnotation];
}

function classExclusionOf(ingress: Ingress, options: ResolvedSourceOptions): string | undefined {
  if (options.ingressClasses.length === 0) return undefined;
  const className = classOf(ingress) ?? '';
  return options.ingressClasses.includes(className)
    ? undefined
    : `its class "${className}" is not among [${options.ingressClasses.join(', ')}]`;
}

type Hosts = { readonly ok: true; readonly names: readonly string[] } | { readonly ok: false; readonly decision: AnyDecision };

function readHosts(ingress: Ingress, options: ResolvedSourceOptions): Hosts {
  const prefixes = options.annotationPrefixes;
  const defined = [
    ...(options.ignoreIngressRulesSpec ? [] : ruleHosts(ingress)),
    ...(options.ignoreIngressTlsSpec ? [] : tlsHosts(ingress)),
  ];
  const annotated = options.ignoreHostnameAnnotation ? [] : splitList(readAnnotation(ingress, 'hostname', prefixes));
  const source = readAnnotation(ingress, 'ingress-hostname-source', prefixes);
  switch (source?.toLowerCase()) {
    case undefined:
      return { ok: true, names: [...defined, ...annotated] };
    case 'annotation-only':
      return { ok: true, names: annotated };
    case 'defined-hosts-only':
      return { ok: true, names: defined };
    default: {
      const annotation = annotationKey(ingress, 'ingress-hostname-source', prefixes);
      const params = { annotation, value: source ?? '', allowed: ['annotation-only', 'defined-hosts-only'], effect: 'no host is read' };
      return { ok: false, decision: decision('ANNOTATION_VALUE_INVALID', refOf(ingress), `annotation:${annotation}`, params) };
    }
  }
}

function ruleHosts(ingress: Ingress): string[] {
  return (ingress.spec?.rules ?? []).map((rule) => rule.host ?? '').filter((host) => host !== '');
}

function tlsHosts(ingress: Ingress): string[] {
  return (ingress.spec?.tls ?? []).flatMap((entry) => entry.hosts ?? []).filter((host) => host !== '');
}

function statusTargets(ingress: Ingress): readonly string[] {
  return (ingress.status?.loadBalancer?.ingress ?? [])
    .flatMap(({ ip, hostname }) => [ip ?? '', hostname ?? ''])
    .filter((target) => target !== '');
}
