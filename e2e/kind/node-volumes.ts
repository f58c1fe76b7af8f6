import type { TestCluster } from '../cluster/test-cluster.ts';
import type { DockerEngine } from './docker-engine.ts';

const perNode = 12;

/** Makes folders on the nodes and a PersistentVolume for each, for the storage class of the node image that is made by hand. */
export async function makeVolumes(engine: DockerEngine, kubectl: TestCluster['kubectl'], nodes: readonly string[]): Promise<void> {
  const numbers = Array.from({ length: perNode }, (_, index) => index + 1);
  await Promise.all(
    nodes.map((node) => engine.docker(['exec', node, 'mkdir', '-p', ...numbers.map((number) => `/var/local-volumes/${number}`)])),
  );
  const items = nodes.flatMap((node) =>
    numbers.map((number) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${node}-${number}` },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'standard',
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: `/var/local-volumes/${number}` },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] },
        },
      },
    })),
  );
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}
