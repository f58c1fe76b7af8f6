export { mergeEndpoints } from '../endpoints/merge-endpoints.ts';
export type { Merged } from '../endpoints/merge-endpoints.ts';
export {
  alphaAnnotationPrefix,
  currentAnnotationPrefix,
  defaultAnnotationPrefixes,
  readAnnotation,
  splitList,
  splitTargets,
} from './annotations.ts';
export { declaredDnsEndpointNames, deriveDnsEndpoint, dnsEndpointFields } from './crd.ts';
export { emptyDerivation, refOf, refOfResourceLabel, resourceLabel } from './derivation.ts';
export type { AnyDecision, Derivation, DerivedEndpoint } from './derivation.ts';
export { endpointsForName, recordTypeOfTarget } from './endpoints-for-name.ts';
export type { EndpointTemplate } from './endpoints-for-name.ts';
export { deriveIngress, ingressFields } from './ingress.ts';
export { parseLabelSelector } from './label-selector.ts';
export type { LabelSelector } from './label-selector.ts';
export { addressAssignedCondition, deriveService, serviceFields } from './service.ts';
export { resolveSourceOptions, sourceNames } from './source-options.ts';
export type { ResolvedSourceOptions, SourceName, SourceOptions } from './source-options.ts';
export { deriveUnused } from './unused-source.ts';
export type { ObservedSource } from './unused-source.ts';
export { watchSources } from './watch-sources.ts';
export type { SourceChange, WatchedSources, WatchSourcesOptions } from './watch-sources.ts';
