import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../model/index.ts';
import { createFieldProjection } from './field-projection.ts';

const object = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'a',
    namespace: 'b',
    uid: 'c',
    resourceVersion: '1',
    generation: 1,
    labels: { l: '1' },
    annotations: { n: '1', 'example.org/x': '2' },
    managedFields: [{}],
  },
  spec: { type: 'LoadBalancer', rules: [{ host: 'h', http: {} }, { http: {} }, 'text'], deep: { er: { x: 1, y: 2 } }, nothing: null },
} as unknown as KubernetesObject;
const always = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1', generation: 1 },
};

describe('createFieldProjection', () => {
  test.each<[fields: string[], kept: object]>([
    [[], {}],
    [['spec.type'], { spec: { type: 'LoadBalancer' } }],
    [['spec.rules.host'], { spec: { rules: [{ host: 'h' }, {}, 'text'] } }],
    [['spec.deep.er.x', 'spec.deep.er'], { spec: { deep: { er: { x: 1, y: 2 } } } }],
    [['spec.deep.er', 'spec.deep.er.x'], { spec: { deep: { er: { x: 1, y: 2 } } } }],
    [['spec.nothing.below', 'spec.absent.below', 'status'], { spec: { nothing: null } }],
    [['spec.toString'], { spec: {} }],
  ])('keeps %j and what identifies an object', (fields, kept) => {
    expect(createFieldProjection(fields).project(object)).toEqual({ ...always, ...kept });
  });

  test('keeps annotations beside the rest of metadata, and shares subtrees instead of copying them', () => {
    const kept = createFieldProjection(['metadata.annotations']).project(object);
    expect(kept.metadata).toEqual({ ...always.metadata, annotations: { n: '1', 'example.org/x': '2' } });
    expect(kept.metadata.annotations).toBe(object.metadata.annotations);
  });

  test('keeps the object itself when nothing is declared', () => {
    expect(createFieldProjection(undefined).project(object)).toBe(object);
  });

  const path = fc
    .array(fc.constantFrom('spec', 'rules', 'host', 'deep', 'er', 'metadata', 'labels', 'type'), { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('.'));
  const fields = fc.option(fc.array(path, { maxLength: 4 }), { nil: undefined });

  test('a union covers both, and projecting by it and then by one is projecting by that one', () => {
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const [first, second] = [createFieldProjection(a), createFieldProjection(b)];
        const union = first.union(second);
        expect(union.covers(first) && union.covers(second)).toBe(true);
        expect(first.project(union.project(object))).toEqual(first.project(object));
        if (first.covers(second)) expect(second.project(first.project(object))).toEqual(second.project(object));
      }),
    );
  });
});
