import { accessSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type ApiServer,
  apiServerRequirement,
  builtToolFolder,
  etcdRequirement,
  type Requirement,
  startApiServer,
  unmet,
} from '@seamark/testkit';
import { load, loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart, helmRequirement, render, releaseNamespace, type Rendered, valuesFile } from './helm.ts';

const examples = resolve(chart, '../../examples/gitops');
const crdFiles = [
  'argoproj.io_applications.yaml',
  'argoproj.io_applicationsets.yaml',
  'argoproj.io_appprojects.yaml',
  'helm.toolkit.fluxcd.io_helmreleases.yaml',
  'source.toolkit.fluxcd.io_ocirepositories.yaml',
].map((name) => join(builtToolFolder('gitops-crds'), name));

const plurals: Readonly<Record<string, string>> = {
  Application: 'applications',
  ApplicationSet: 'applicationsets',
  AppProject: 'appprojects',
  HelmRelease: 'helmreleases',
  OCIRepository: 'ocirepositories',
  Namespace: 'namespaces',
};

/** Requires the CRDs of Argo CD and Flux that `npm run setup` takes out of their Go modules. */
function gitopsCrdsRequirement(): Requirement {
  try {
    for (const file of crdFiles) accessSync(file);
    return { name: 'CRDs of Argo CD and Flux' };
  } catch {
    return { name: 'CRDs of Argo CD and Flux', missing: 'the CRDs of Argo CD and Flux are not there (npm run setup with Go on PATH)' };
  }
}

const documentsOf = (file: string): readonly Rendered[] => loadAll(readFileSync(join(examples, file), 'utf8')) as Rendered[];
const valuesOf = (name: string): Values => load(readFileSync(valuesFile(name)[1], 'utf8')) as Values;

type Values = Readonly<Record<string, unknown>>;
interface HelmSource {
  readonly spec: { readonly source: { readonly helm: { readonly valuesObject: Values } } };
}

describe('examples/gitops', () => {
  it('installs by Argo CD what the values of guide B say', () => {
    const [seamark] = documentsOf('argocd-applicationset.yaml') as unknown as readonly [
      { readonly spec: { readonly template: HelmSource } },
    ];
    const { template } = seamark.spec;
    // What the ApplicationSet takes from annotations of the cluster's Secret.
    const annotations = { zone: 'example.org', pool: '198.51.100.0/24', 'dns-address': '198.51.100.10' };
    const text = JSON.stringify(template.spec.source.helm.valuesObject).replaceAll(
      /\{\{index \.metadata\.annotations \\"seamark\.dev\/([a-z-]+)\\"\}\}/g,
      (_, name: keyof typeof annotations) => annotations[name],
    );
    expect(JSON.parse(text)).toEqual(valuesOf('guides/b-gitops'));
  });

  it('installs by Flux what the values of guide E say', () => {
    const releases = documentsOf('flux-helmrelease.yaml').filter(({ kind }) => kind === 'HelmRelease');
    expect(releases.map(({ spec }) => (spec as { readonly values: Values }).values)).toEqual([valuesOf('guides/e-on-premises')]);
  });
});

describe.skipIf(unmet('examples/gitops at an API server', gitopsCrdsRequirement(), apiServerRequirement(), etcdRequirement()))(
  'examples/gitops at an API server with the CRDs of Argo CD and Flux',
  () => {
    let server: ApiServer;

    beforeAll(async () => {
      server = await startApiServer({ crds: crdFiles });
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    /** Server-side apply without effect; unknown and repeated fields are errors. */
    const tryApply = ({ apiVersion, kind, metadata, ...rest }: Rendered) => {
      const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
      // A dry run makes no namespaces.
      const folder = kind === 'Namespace' ? base : `${base}/namespaces/default`;
      const body = { apiVersion, kind, metadata: kind === 'Namespace' ? metadata : { ...metadata, namespace: 'default' }, ...rest };
      return server.request(
        'PATCH',
        `${folder}/${plurals[kind]}/${metadata.name}?fieldManager=examples&dryRun=All&fieldValidation=Strict`,
        JSON.stringify(body),
        'application/apply-patch+yaml',
      );
    };

    it.each(['argocd-applicationset.yaml', 'flux-helmrelease.yaml'])('%s fits its schemas', async (file) => {
      for (const object of documentsOf(file)) {
        const { status, text } = await tryApply(object);
        expect(status, `${object.kind} ${object.metadata.name}: ${text}`).toBe(201);
      }
    });

    it('makes Applications that fit their schema', async () => {
      for (const set of documentsOf('argocd-applicationset.yaml').filter(({ kind }) => kind === 'ApplicationSet')) {
        const { template } = set['spec'] as { template: { spec: object; metadata: { annotations: object } } };
        const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', ...template };
        const { status, text } = await tryApply({
          ...application,
          metadata: { ...template.metadata, name: 'made' },
        } as unknown as Rendered);
        expect(status, text).toBe(201);
      }
    });

    it('would be told about a field that does not exist', async () => {
      const [set] = documentsOf('argocd-applicationset.yaml');
      const { status, text } = await tryApply({ ...set, spec: { ...(set?.['spec'] as object), generater: [] } } as unknown as Rendered);
      expect({ status, text }).toEqual({ status: 500, text: expect.stringContaining('generater') as string });
    });
  },
);

describe.skipIf(unmet('drift', helmRequirement(), apiServerRequirement(), etcdRequirement()))('the chart under GitOps', () => {
  it('is rendered the same each time: no random values', () => {
    for (const name of ['guides/b-gitops', 'guides/e-on-premises'])
      expect(render(...valuesFile(name))).toEqual(render(...valuesFile(name)));
  });

  it('names nothing that the API server would change: what is applied again changes nothing', async () => {
    const crds = ['ipaddresspools', 'l2advertisements'].map((name) => join(chart, 'crds', `metallb.io_${name}.yaml`));
    await using server = await startApiServer({ crds });
    await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: releaseNamespace } });
    for (const object of render(...valuesFile('guides/b-gitops'))) {
      const path = await pathOf(server, object);
      const apply = () =>
        server.request('PATCH', `${path}?fieldManager=gitops&force=true`, JSON.stringify(object), 'application/apply-patch+yaml');
      const [first, second] = [await apply(), await apply()];
      expect(first.status, `${object.kind} ${object.metadata.name}: ${first.text}`).toBe(201);
      expect(JSON.parse(second.text), `${object.kind} ${object.metadata.name}`).toEqual(JSON.parse(first.text));
    }
  });
});

/** The path of an object at an API server that serves its kind. */
async function pathOf(server: ApiServer, { apiVersion, kind, metadata }: Rendered): Promise<string> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = JSON.parse((await server.request('GET', base)).text) as { resources: { name: string; kind: string }[] };
  const plural = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'))?.name ?? kind;
  return `${base}/${metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`}${plural}/${metadata.name}`;
}
