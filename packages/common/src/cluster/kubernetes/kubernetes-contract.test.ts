import { apiServerRequirement, etcdRequirement, startApiServer, unmet, type ApiServer } from '@seamark/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { clusterContract, type ContractDriver } from '../cluster-contract.ts';
import * as kinds from '../kind.ts';
import { createKubernetesCluster } from './kubernetes-cluster.ts';
import { resourcePath } from './resource-path.ts';

const known = Object.values(kinds).filter((value): value is kinds.Kind => typeof value === 'object');

function pathOf(object: KubernetesObject): string {
  const kind = known.find((candidate) => kinds.apiVersionOf(candidate) === object.apiVersion && candidate.kind === object.kind);
  if (kind === undefined) throw new Error(`the contract uses a kind that is not known: ${object.apiVersion} ${object.kind}`);
  return resourcePath(kind, object.metadata.namespace, object.metadata.name);
}

interface StoredEvent {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly involvedObject: { readonly name: string };
}

describe.skipIf(unmet('the Cluster contract against a real API server', apiServerRequirement(), etcdRequirement()))(
  'the kubernetes driver',
  () => {
    let api: ApiServer;
    beforeAll(async () => {
      api = await startApiServer();
    });
    afterAll(() => api[Symbol.asyncDispose]());

    const call = async (method: string, path: string, body?: object, contentType?: string): Promise<string> => {
      const { status, text } = await api.request(method, path, body, contentType);
      if (status >= 300) throw new Error(`${method} ${path}: ${text}`);
      return text;
    };
    const makeDriver = async (): Promise<ContractDriver> => ({
      cluster: createKubernetesCluster({ kubeconfig: api.kubeconfigPath }),
      async put(...objects) {
        for (const object of objects)
          await call('PATCH', `${pathOf(object)}?fieldManager=kubectl&force=true`, object, 'application/apply-patch+yaml');
      },
      async remove(...objects) {
        for (const object of objects) await call('DELETE', pathOf(object));
      },
      async events() {
        const { items } = JSON.parse(await call('GET', '/api/v1/events')) as { items: readonly StoredEvent[] };
        return items.map(({ reason, message, count, involvedObject }) => ({ reason, message, count, name: involvedObject.name }));
      },
      dispose: async () => undefined,
    });
    clusterContract('kubernetes', makeDriver);
  },
);
