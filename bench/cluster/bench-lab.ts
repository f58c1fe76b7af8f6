import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { buildImage } from '@seamark/images';
import { type Lab, labRequirement, startLab } from '@seamark/e2e/lab/index';
import { KubernetesApi } from '@seamark/e2e/lab/kubernetes-api';

/** Three nodes with kubelets, containerd and kube-proxy, a client host on their LAN, and nothing on them but the cluster's DNS and images. */
export interface BenchLab extends AsyncDisposable {
  readonly lab: Lab;
  /** Connected as administrator; the connection stays open, so that no time is measured for making it. */
  readonly api: KubernetesApi;
  /** Reference of each image that was loaded, by its name for `npm run image`. */
  readonly images: ReadonlyMap<string, string>;
}

/** Starts a lab and gives its nodes the images. Throws with the reason where this machine cannot run one. */
export async function startBenchLab(imageNames: readonly string[], progress: (text: string) => void): Promise<BenchLab> {
  const { missing } = labRequirement();
  if (missing !== undefined) throw new Error(`a lab cannot run here: ${missing}`);
  const built = await Promise.all(imageNames.map((name) => buildImage(name)));
  progress(`a lab of three nodes (load of the machine ${loadavg()[0]?.toFixed(1)})`);
  await using starting = new AsyncDisposableStack();
  const lab = starting.use(await startLab());
  for (const { archive } of built) await lab.loadImage(archive);
  const owned = starting.move();
  return {
    lab,
    api: new KubernetesApi(readFileSync(lab.kubeconfigFile, 'utf8')),
    images: new Map(built.map(({ reference }, index) => [imageNames[index] ?? '', reference])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
