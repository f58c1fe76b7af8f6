import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder, findProgram } from '@seamark/testkit';

/** The etcd programs of this machine: the one on PATH (Debian's 3.4), and the one that `npm run setup` builds, which images have. */
export function etcdPrograms(): readonly { readonly label: string; readonly path: string }[] {
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
