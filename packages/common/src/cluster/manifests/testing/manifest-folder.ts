import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { createReasonStream, type Decision, type ReasonStream } from '../../../reasons/index.ts';
import { createManifestsCluster, type ManifestsCluster, type ManifestsClusterOptions } from '../index.ts';

/** A folder of manifests, and clusters over it, for tests. */
export interface ManifestFolder extends AsyncDisposable {
  readonly path: string;
  /** For the state file and whatever else is not a manifest. */
  readonly besides: string;
  readonly reasons: ReasonStream;
  /** Writes a file, with the folders above it. */
  write(name: string, text: string): void;
  /** A new cluster over the folder (not started), by default with its state in memory. */
  cluster(options?: Partial<ManifestsClusterOptions>): ManifestsCluster;
  /** Starts a cluster; `[Symbol.asyncDispose]` stops it if the test does not. */
  start(cluster: ManifestsCluster): Promise<{ readonly stop: () => Promise<void> }>;
  /** What stands now, as `CODE topic`. */
  decisions(): readonly Decision[];
}

/** Makes a {@link ManifestFolder}. */
export function manifestFolder(): ManifestFolder {
  const folder = temporaryFolder('manifests');
  const path = join(folder.path, 'manifests');
  mkdirSync(path);
  const reasons = createReasonStream();
  const stops: (() => Promise<void>)[] = [];
  return {
    path,
    besides: folder.path,
    reasons,
    write(name, text) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    cluster: (options = {}) => createManifestsCluster({ paths: [path], reasons, ...options }),
    async start(cluster) {
      const controller = new AbortController();
      await cluster.start(controller.signal);
      const stop = async (): Promise<void> => {
        controller.abort();
        await cluster.stopped;
      };
      stops.push(stop);
      return { stop };
    },
    decisions: () => [...reasons.list()],
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      folder[Symbol.dispose]();
    },
  };
}

/** A Service document. */
export function serviceText(
  name: string,
  more: { readonly namespace?: string; readonly note?: string; readonly spec?: string } = {},
): string {
  return [
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    `  name: ${name}`,
    ...(more.namespace === undefined ? [] : [`  namespace: ${more.namespace}`]),
    ...(more.note === undefined ? [] : ['  annotations:', `    note: "${more.note}"`]),
    'spec:',
    '  type: LoadBalancer',
    ...(more.spec === undefined ? [] : [`  ${more.spec}`]),
    '  ports:',
    '    - port: 80',
    '',
  ].join('\n');
}
