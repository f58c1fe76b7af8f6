import type { KubernetesObject } from '@seamark/common/model';
import { annotationKey, readAnnotation } from './annotations.ts';
import type { ResolvedSourceOptions } from './source-options.ts';

/** The only value of the controller annotation that does not hand an object to somebody else. */
const ownController = 'dns-controller';

/** Why an object is left out by the controller annotation or a selector; undefined = it counts. */
export function exclusionOf(object: KubernetesObject, options: ResolvedSourceOptions): string | undefined {
  const controller = readAnnotation(object, 'controller', options.annotationPrefixes);
  if (controller !== undefined && controller !== ownController) {
    return `${annotationKey(object, 'controller', options.annotationPrefixes)} leaves it to ${controller}`;
  }
  return selectorExclusionOf(object, options);
}

/** Why an object is left out by a selector. DNSEndpoint objects know no controller annotation. */
export function selectorExclusionOf(object: KubernetesObject, options: ResolvedSourceOptions): string | undefined {
  const { annotationFilter, labelFilter } = options;
  if (annotationFilter !== undefined && !annotationFilter.matches(object.metadata.annotations ?? {})) {
    return `its annotations do not match the annotation filter "${annotationFilter.text}"`;
  }
  if (labelFilter !== undefined && !labelFilter.matches(object.metadata.labels ?? {})) {
    return `its labels do not match the label filter "${labelFilter.text}"`;
  }
  return undefined;
}
