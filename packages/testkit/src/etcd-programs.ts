import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './requirement.ts';
import { builtToolFolder } from './tool-cache.ts';

/** An etcd to test with. */
export interface EtcdProgram {
  readonly label: string;
  readonly path: string;
}

/** The etcd programs of this machine: the one on PATH (Debian's 3.4), and the one that `npm run setup` builds, which images have. */
export function etcdPrograms(): readonly EtcdProgram[] {
  const onPath = findProgram('etcd');
  const programs = onPath === undefined ? [] : [{ label: 'etcd of the system', path: onPath }];
  try {
    const path = join(builtToolFolder('etcd'), 'etcd');
    accessSync(path, constants.X_OK);
    return [...programs, { label: 'etcd as in the image', path }];
  } catch {
    return programs;
  }
}
