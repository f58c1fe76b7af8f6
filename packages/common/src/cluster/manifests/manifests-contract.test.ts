import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { describe } from 'vitest';
import type { KubernetesObject } from '../../model/index.ts';
import { createReasonStream } from '../../reasons/index.ts';
import { clusterContract, type ContractDriver } from '../cluster-contract.ts';
import { serviceKind } from '../kind.ts';
import { createManifestsCluster } from './index.ts';

/** Each object is a JSON file (JSON is YAML) of its own. */
function createDriver(state: 'in memory' | 'on disk'): () => Promise<ContractDriver> {
  return async () => {
    const folder = temporaryFolder('contract');
    const manifests = join(folder.path, 'manifests');
    mkdirSync(manifests);
    const cluster = createManifestsCluster({
      paths: [manifests],
      reasons: createReasonStream(),
      state: state === 'on disk' ? join(folder.path, 'state.log') : undefined,
    });
    const fileOf = (object: KubernetesObject): string =>
      join(manifests, `${object.kind}.${object.metadata.namespace ?? ''}.${object.metadata.name}.yaml`);
    return {
      cluster,
      async put(...objects) {
        for (const object of objects) writeFileSync(fileOf(object), `${JSON.stringify(object, null, 2)}\n`);
      },
      async remove(...objects) {
        for (const object of objects) rmSync(fileOf(object));
      },
      events: async () => cluster.events().map((event) => ({ ...event, name: event.regarding.name })),
      async dispose() {
        if (cluster.view(serviceKind).state().phase !== 'idle') await cluster.stopped;
        folder[Symbol.dispose]();
      },
    };
  };
}

describe('manifests driver', () => {
  clusterContract('manifests, state in memory', createDriver('in memory'));
  clusterContract('manifests, state on disk', createDriver('on disk'));
});
