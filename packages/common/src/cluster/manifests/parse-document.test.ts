import { describe, expect, test } from 'vitest';
import { parseDocument } from './parse-document.ts';

const head = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n';

describe('parseDocument', () => {
  test.each<[what: string, text: string]>([
    ['nothing', ''],
    ['blank lines', '\n  \n'],
    ['comments', '# a\n\n  # b\r\n'],
    ['directives', '%YAML 1.2\n# a\n'],
    ['null', 'null\n'],
  ])('finds no object and no problem in %s', (_what, text) => {
    expect(parseDocument(text)).toMatchObject({ type: 'objects', objects: [], problems: [] });
  });

  test('reads as kubectl does: merge keys, yes and no, dates and old octals as they stand', () => {
    const parsed = parseDocument(`${head}spec:\n  base: &base {a: yes}\n  more:\n    <<: *base\n    b: 2026-01-01\n`);
    expect(parsed).toMatchObject({ objects: [{ spec: { more: { a: true, b: '2026-01-01' } } }] });
  });

  test('reads JSON, also with tabs', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } }, null, '\t');
    expect(parseDocument(text)).toMatchObject({ objects: [{ kind: 'Service' }], problems: [] });
  });

  test('reads lists, lists in lists, and typed lists; a bad item harms no other', () => {
    const item = (name: string): string => `{apiVersion: v1, kind: Service, metadata: {name: ${name}}}`;
    const parsed = parseDocument(
      `apiVersion: v1\nkind: List\nitems:\n- ${item('a')}\n- 7\n- {kind: ServiceList, apiVersion: v1, items: [${item('b')}, {kind: Service}]}\n- ${item('c')}\n`,
    );
    expect(parsed).toMatchObject({
      type: 'objects',
      objects: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }, { metadata: { name: 'c' } }],
      problems: [
        { problem: 'items[1]: not an object of Kubernetes but the number 7' },
        { problem: 'items[1]: Service: apiVersion is missing' },
      ],
    });
  });

  test.each<[text: string, lineOffset: number, problem: string | RegExp]>([
    ['a: [1\nb: 2\n', 1, /^not readable as YAML: /],
    ['\n\na:\n\t- x\n', 3, /^not readable as YAML: tab characters/],
    ['{"a": 1,\n "b" }}', 1, /^not readable as YAML: /],
    ['a: &a [*a]\n', 0, 'not readable as YAML: an alias refers to what contains it'],
    ['just text\n', 0, 'not an object of Kubernetes but text'],
    ['# note\n\n- a\n', 2, 'not an object of Kubernetes but a list'],
    ['a: 1\n', 0, 'kind is missing'],
    ['kind: Service\n', 0, 'Service: apiVersion is missing'],
    ['apiVersion: v1\nkind: Service\n', 0, 'Service: metadata.name is missing'],
    [
      'apiVersion: v1\nkind: Service\nmetadata: {name: Web_1}\n',
      0,
      'Service: metadata.name "Web_1" is not a name: only a-z, 0-9, - and . are allowed',
    ],
    [
      'apiVersion: v1\nkind: Service\nmetadata: {name: 5}\n',
      0,
      'Service: metadata.name must be a string, not the number 5: write it in quotes',
    ],
    [
      `${head}  annotations: {ttl: 60}\n`,
      0,
      'Service web: metadata.annotations["ttl"] must be a string, not the number 60: write it in quotes',
    ],
    [
      `${head}spec: {type: Balancer}\n`,
      0,
      'Service web: spec.type is "Balancer", must be one of ClusterIP, NodePort, LoadBalancer, ExternalName',
    ],
    [`${head}spec: {ports: {port: 80}}\n`, 0, 'Service web: spec.ports must be a list, not a map'],
    [`${head}spec: {ports: [{port: "80"}]}\n`, 0, 'Service web: spec.ports[0].port must be a number, not text'],
    [`${head}spec: {externalIPs: [1]}\n`, 0, 'Service web: spec.externalIPs[0] must be a string, not the number 1: write it in quotes'],
    [`${head}spec: 7\n`, 0, 'Service web: spec must be a map, not the number 7'],
  ])('says where and why %j is unreadable', (text, lineOffset, problem) => {
    expect(parseDocument(text)).toEqual({
      type: 'unreadable',
      problems: [{ lineOffset, problem: typeof problem === 'string' ? problem : expect.stringMatching(problem) }],
    });
  });

  test('refuses aliases that unfold without end', () => {
    const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`);
    expect(parseDocument(`l0: &l0 [x]\n${levels.join('\n')}\n`)).toMatchObject({
      type: 'unreadable',
      problems: [{ problem: expect.stringMatching(/aliases|alias/) as unknown }],
    });
  });

  test('takes no harm from keys that mean something to JavaScript', () => {
    const parsed = parseDocument(`${head}  annotations:\n    __proto__: "x"\n    constructor: "y"\n`);
    expect(parsed.type).toBe('objects');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
