import type { Service } from '@seamark/common/model';
import type { ReasonStream } from '@seamark/common/reasons';
import { serviceRef } from './served-service.ts';
import { deprecatedAnnotations, readAnnotation } from './service-annotations.ts';

/** What all topics of {@link reportAnnotations} begin with; other components report on the same Services. */
export const annotationTopics = 'annotation:metallb.';

/** Reports annotations that are deprecated or not acted on, and ends the reports of those that are gone. `unchanged`: it was told before. */
export function reportAnnotations(service: Service, reasons: ReasonStream, unchanged: boolean): void {
  const object = serviceRef(service);
  const topics = new Set<string>();
  for (const params of deprecatedAnnotations(service)) {
    const topic = `annotation:${params.annotation}`;
    topics.add(topic);
    reasons.report({ code: 'DEPRECATED_ANNOTATION', object, topic, params, unchanged });
  }
  const sharing = readAnnotation(service, 'allow-shared-ip');
  if (sharing !== undefined && sharing.value !== '') {
    const topic = 'annotation:metallb.io/allow-shared-ip';
    topics.add(topic);
    reasons.report({
      code: 'FIELD_NOT_ACTED_ON',
      object,
      topic,
      unchanged,
      params: { field: `annotation ${sharing.key}`, effect: 'the Service gets an address of its own' },
    });
  }
  reasons.endAll(object, annotationTopics, topics);
}
