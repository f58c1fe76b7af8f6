import { readFileSync } from 'node:fs';
import { isSeamarkError } from '@seamark/common/errors';
import type { Endpoint, KubernetesObject, Service } from '@seamark/common/model';
import { describe, expect, test } from 'vitest';
import { mergeEndpoints } from '../endpoints/merge-endpoints.ts';
import { deriveDnsEndpoint } from './crd.ts';
import type { Derivation } from './derivation.ts';
import { deriveIngress } from './ingress.ts';
import { deriveService } from './service.ts';
import { type ResolvedSourceOptions, type SourceOptions, resolveSourceOptions } from './source-options.ts';

interface Case {
  readonly id: string;
  readonly source: string;
  readonly config: Record<string, unknown>;
  readonly objects: KubernetesObject[];
  readonly expect: {
    readonly endpoints: {
      dnsName: string;
      recordType: string;
      targets: string[];
      ttl: number | null;
      setIdentifier: string;
      labels?: Record<string, string>;
      providerSpecific?: Endpoint['providerSpecific'];
    }[];
    readonly error: boolean;
    readonly errorStage?: string;
  };
}

const cases = JSON.parse(readFileSync(new URL('fixtures/sources.json', import.meta.url), 'utf8')) as Case[];

function optionsOf(config: Record<string, unknown>): SourceOptions {
  return {
    annotationPrefixes: [config['annotation-prefix'] as string],
    ignoreHostnameAnnotation: config['ignore-hostname-annotation'] === true,
    ignoreIngressRulesSpec: config['ignore-ingress-rules-spec'] === true,
    ignoreIngressTlsSpec: config['ignore-ingress-tls-spec'] === true,
    ingressClasses: (config['ingress-class'] as string[] | undefined) ?? [],
    publishInternalServices: config['publish-internal-services'] === true,
    serviceTypes: (config['service-type-filter'] as string[] | undefined) ?? [],
    annotationFilter: (config['annotation-filter'] as string | undefined) ?? '',
    labelFilter: (config['label-filter'] as string | undefined) ?? '',
  };
}

function derive(object: KubernetesObject, options: ResolvedSourceOptions): Derivation {
  if (object.kind === 'Service') return deriveService(object as Service, options);
  if (object.kind === 'Ingress') return deriveIngress(object, options);
  return deriveDnsEndpoint(object, options);
}

describe('the endpoints of ExternalDNS’s recorded cases', () => {
  test.each(cases.map((recorded) => [recorded.id, recorded.source.split(' :: ').slice(1).join(': '), recorded] as const))(
    '%s %s',
    (_id, _source, recorded) => {
      let options: ResolvedSourceOptions;
      try {
        options = resolveSourceOptions(optionsOf(recorded.config));
      } catch (error) {
        expect(isSeamarkError(error, 'SM_CONFIG_INVALID')).toBe(true);
        expect(recorded.expect.errorStage).toBe('init');
        return;
      }
      expect(recorded.expect.errorStage).not.toBe('init');
      const namespace = recorded.config['namespace'] as string | undefined;
      const inScope = recorded.objects.filter(
        (object) => namespace === undefined || namespace === '' || object.metadata.namespace === namespace,
      );
      const derived = inScope.map((object) => derive(object, options));
      const endpoints = mergeEndpoints(derived.flatMap((each) => each.endpoints)).map((merged) => merged.endpoint);

      const shape = (endpoint: Endpoint, like?: Case['expect']['endpoints'][number]): unknown => ({
        dnsName: endpoint.dnsName,
        recordType: endpoint.recordType,
        targets: endpoint.targets.toSorted(),
        ttl: endpoint.recordTTL ?? null,
        setIdentifier: endpoint.setIdentifier ?? '',
        ...(like?.labels === undefined
          ? {}
          : { labels: Object.fromEntries(Object.keys(like.labels).map((key) => [key, endpoint.labels[key]])) }),
        ...(like?.providerSpecific === undefined ? {} : { providerSpecific: endpoint.providerSpecific }),
      });
      const remaining = [...endpoints];
      for (const wanted of recorded.expect.endpoints) {
        const text = JSON.stringify({ ...wanted, targets: wanted.targets.toSorted() });
        const index = remaining.findIndex((endpoint) => JSON.stringify(shape(endpoint, wanted)) === text);
        expect(index, `${text} among ${JSON.stringify(remaining)}`).toBeGreaterThanOrEqual(0);
        remaining.splice(index, 1);
      }
      expect(remaining).toEqual([]);
    },
  );

  test('an object with names and without a record says why', () => {
    for (const recorded of cases.filter((each) => each.expect.errorStage === undefined)) {
      const options = resolveSourceOptions(optionsOf(recorded.config));
      for (const object of recorded.objects) {
        const { endpoints, decisions } = derive(object, options);
        const names =
          object.kind !== 'Service' ||
          Object.keys(object.metadata.annotations ?? {}).some(
            (key) => key.endsWith('/hostname') && key.startsWith(recorded.config['annotation-prefix'] as string),
          );
        if (endpoints.length === 0 && names)
          expect(decisions.length, `${recorded.id} ${object.kind} ${object.metadata.name}`).toBeGreaterThan(0);
      }
    }
  });
});
