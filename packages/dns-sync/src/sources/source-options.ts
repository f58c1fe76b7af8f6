import { SeamarkError } from '@seamark/common/errors';
import { defaultAnnotationPrefixes } from './annotations.ts';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';

/** Sources of this version, by ExternalDNS's names. */
export type SourceName = 'service' | 'ingress' | 'crd';

/** All sources of this version. */
export const sourceNames: readonly SourceName[] = ['service', 'ingress', 'crd'];

const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const legacyClassAnnotation = 'kubernetes.io/ingress.class';

/** How objects are read; each member is the ExternalDNS flag of the same name. */
export interface SourceOptions {
  /** Annotation prefixes in order of precedence. Default: `external-dns.kubernetes.io/`, then `external-dns.alpha.kubernetes.io/`. */
  readonly annotationPrefixes?: readonly string[];
  /** Leave the hostname and internal-hostname annotations unread. Default false. */
  readonly ignoreHostnameAnnotation?: boolean;
  /** Leave `spec.rules[].host` of Ingresses unread. Default false. */
  readonly ignoreIngressRulesSpec?: boolean;
  /** Leave `spec.tls[].hosts` of Ingresses unread. Default false. */
  readonly ignoreIngressTlsSpec?: boolean;
  /** Only Ingresses of these classes (spec.ingressClassName, else the legacy annotation). Default: all. */
  readonly ingressClasses?: readonly string[];
  /** Publish the clusterIPs of ClusterIP Services that carry a hostname. Default false. */
  readonly publishInternalServices?: boolean;
  /** Only Services of these types. Default: all. */
  readonly serviceTypes?: readonly string[];
  /** Only objects whose annotations match, in label-selector syntax. */
  readonly annotationFilter?: string;
  /** Only objects whose labels match. */
  readonly labelFilter?: string;
}

/** {@link SourceOptions} checked, with defaults filled in and selectors compiled. */
export interface ResolvedSourceOptions {
  readonly annotationPrefixes: readonly string[];
  readonly ignoreHostnameAnnotation: boolean;
  readonly ignoreIngressRulesSpec: boolean;
  readonly ignoreIngressTlsSpec: boolean;
  readonly ingressClasses: readonly string[];
  readonly publishInternalServices: boolean;
  readonly serviceTypes: readonly string[];
  readonly annotationFilter: { readonly text: string; readonly matches: LabelSelector } | undefined;
  readonly labelFilter: { readonly text: string; readonly matches: LabelSelector } | undefined;
}

/** Checks {@link SourceOptions}. Throws SM_CONFIG_INVALID. */
export function resolveSourceOptions(options: SourceOptions = {}): ResolvedSourceOptions {
  const annotationPrefixes = options.annotationPrefixes ?? defaultAnnotationPrefixes;
  if (annotationPrefixes.length === 0)
    throw new SeamarkError('SM_CONFIG_INVALID', 'annotationPrefixes is empty: at least one prefix is needed');
  for (const prefix of annotationPrefixes) {
    if (!prefix.endsWith('/')) throw new SeamarkError('SM_CONFIG_INVALID', `annotation prefix "${prefix}" does not end with a slash`);
  }
  for (const type of options.serviceTypes ?? []) {
    if (!serviceTypes.some((known) => known === type)) {
      throw new SeamarkError('SM_CONFIG_INVALID', `service type "${type}" does not exist: allowed are ${serviceTypes.join(', ')}`);
    }
  }
  const annotationFilter = compile(options.annotationFilter, 'annotation filter');
  const ingressClasses = options.ingressClasses ?? [];
  if (ingressClasses.length > 0 && annotationFilter?.text.includes(legacyClassAnnotation) === true) {
    throw new SeamarkError(
      'SM_CONFIG_INVALID',
      `ingress classes and an annotation filter on ${legacyClassAnnotation} exclude each other: keep one`,
    );
  }
  return {
    annotationPrefixes,
    ignoreHostnameAnnotation: options.ignoreHostnameAnnotation ?? false,
    ignoreIngressRulesSpec: options.ignoreIngressRulesSpec ?? false,
    ignoreIngressTlsSpec: options.ignoreIngressTlsSpec ?? false,
    ingressClasses,
    publishInternalServices: options.publishInternalServices ?? false,
    serviceTypes: options.serviceTypes ?? [],
    annotationFilter,
    labelFilter: compile(options.labelFilter, 'label filter'),
  };
}

function compile(text: string | undefined, option: string): ResolvedSourceOptions['annotationFilter'] {
  return text === undefined || text === '' ? undefined : { text, matches: parseLabelSelector(text, option) };
}
