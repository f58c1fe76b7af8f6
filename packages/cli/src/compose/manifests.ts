import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ManifestsCluster } from '@seamark/common/cluster/manifests';
import type { Component } from '@seamark/common/controller';
import { lockFolder } from '@seamark/common/durable-log';
import { SeamarkError } from '@seamark/common/errors';
import type { Runtime } from './runtime.ts';

/** A folder of manifests as a cluster, and what must run beside it. */
export interface OpenedManifests {
  readonly cluster: ManifestsCluster;
  /** The stand-in for ingress controllers, and the lock on the data folder that is given back last. */
  readonly extra: readonly Component[];
}

/** Opens a folder (or `-`, standard input); its state is kept in the data folder. Throws SM_STORE_LOCKED when another process has that. */
export async function openManifests(runtime: Runtime, folder: string): Promise<OpenedManifests> {
  const { createIngressPublisher, createManifestsCluster } = await import('@seamark/common/cluster/manifests');
  const logger = runtime.logger.child('manifests');
  const dataDir = resolve(runtime.config.process.dataDir);
  const lock = await lockFolder(dataDir);
  const cluster = createManifestsCluster({ paths: [folder], state: join(dataDir, 'objects.log'), reasons: runtime.reasons, logger });
  const dataFolder = { name: 'data-folder', start: async () => undefined, stop: () => lock.release() };
  return { cluster, extra: [dataFolder, createIngressPublisher({ cluster, logger })] };
}

/** The examples folder: of the working directory, else of the checkout. Throws SM_MANIFESTS_NOT_FOUND. */
export function defaultManifests(): string {
  const candidates = ['examples', resolve(import.meta.dirname, '../../../../examples')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new SeamarkError('SM_MANIFESTS_NOT_FOUND', 'there is no folder examples here; give one with --manifests DIR');
  return found;
}
