import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject, KubernetesApi } from './kubernetes-api.ts';
import { volumesFolder } from './node/node-files.ts';

const provisioner = 'lab.seamark/local';
const storageClass = 'standard';

/**
 * Gives claims of the default StorageClass `standard` a folder on the disk of the node that the pod goes to, as home clusters do it.
 * The volume stays when the node is powered off, and is removed with its claim. Sizes are not enforced.
 */
export class VolumeProvisioner {
  readonly #api: KubernetesApi;
  readonly #diskOf: (node: string) => string | undefined;
  readonly #stop = new AbortController();
  readonly #inWork = new Set<string>();

  constructor(api: KubernetesApi, diskOf: (node: string) => string | undefined) {
    this.#api = api;
    this.#diskOf = diskOf;
  }

  /** Makes the StorageClass, and works until {@link stop}. */
  async start(): Promise<void> {
    await this.#api.create('/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: storageClass, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    void this.#api.follow('/api/v1/persistentvolumeclaims', (claim) => void this.#provide(claim), this.#stop.signal);
    void this.#api.follow('/api/v1/persistentvolumes', (volume) => void this.#reclaim(volume), this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #provide(claim: ApiObject): Promise<void> {
    const node = claim.metadata.annotations?.['volume.kubernetes.io/selected-node'];
    const { storageClassName, volumeName, accessModes, resources, volumeMode } = claim.spec ?? {};
    if (node === undefined || storageClassName !== storageClass || volumeName !== undefined) return;
    if (claim.metadata.deletionTimestamp !== undefined || claim.metadata.uid === undefined) return;
    const disk = this.#diskOf(node);
    if (disk === undefined) return;
    const name = `pvc-${claim.metadata.uid}`;
    await this.#once(name, async () => {
      const folder = join(disk, volumesFolder, name);
      mkdirSync(folder, { recursive: true });
      // Pods that run as any user write here; the kubelet sets the group where a pod has an fsGroup.
      chmodSync(folder, 0o777);
      await this.#api.create('/api/v1/persistentvolumes', {
        metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
        spec: {
          capacity: (resources as { requests?: unknown } | undefined)?.requests,
          accessModes,
          volumeMode: volumeMode ?? 'Filesystem',
          storageClassName: storageClass,
          persistentVolumeReclaimPolicy: 'Delete',
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...pick(claim.metadata) },
          local: { path: join(volumesFolder, name) },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] },
          },
        },
      });
    });
  }

  async #reclaim(volume: ApiObject): Promise<void> {
    if (volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== provisioner) return;
    if (volume.status?.['phase'] !== 'Released' || volume.spec?.['persistentVolumeReclaimPolicy'] !== 'Delete') return;
    const node = nodeOf(volume);
    const disk = node === undefined ? undefined : this.#diskOf(node);
    const { name } = volume.metadata;
    await this.#once(name, async () => {
      if (disk !== undefined) rmSync(join(disk, volumesFolder, name), { recursive: true, force: true });
      await this.#api.remove(`/api/v1/persistentvolumes/${name}`);
    });
  }

  /** The same object is reported many times while one change of it is being made. What fails is tried again at its next report. */
  async #once(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#inWork.has(name)) return;
    this.#inWork.add(name);
    try {
      await work();
    } catch (error) {
      process.stderr.write(`volume ${name}: ${String(error)}\n`);
    } finally {
      this.#inWork.delete(name);
    }
  }
}

function pick(metadata: ApiObject['metadata']): object {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { name, namespace, uid, resourceVersion };
}

function nodeOf(volume: ApiObject): string | undefined {
  const affinity = volume.spec?.['nodeAffinity'] as
    | { required?: { nodeSelectorTerms?: { matchExpressions?: { values?: string[] }[] }[] } }
    | undefined;
  return affinity?.required?.nodeSelectorTerms?.[0]?.matchExpressions?.[0]?.values?.[0];
}
