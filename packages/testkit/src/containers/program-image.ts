import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryFolder } from '../temporary-folder.ts';

/** An image and how a program is started in it. */
export interface ProgramImage {
  readonly image: string;
  readonly program: string;
}

/**
 * The image for a program: SEAMARK_TEST_IMAGE_NAME (`SEAMARK_TEST_IMAGE_ETCD=quay.io/coreos/etcd:v3.6.16`), or one that is made of the
 * program of this machine and the libraries that it loads, under the same paths, and given to the engine of DOCKER_HOST.
 */
export function programImage(program: string): ProgramImage {
  const name = basename(program);
  const named = process.env[`SEAMARK_TEST_IMAGE_${name.toUpperCase().replaceAll('-', '_')}`];
  if (named !== undefined && named !== '') return { image: named, program: name };
  const { size, mtimeMs } = statSync(program);
  const version = createHash('sha256').update(`${program} ${size} ${mtimeMs}`).digest('hex').slice(0, 12);
  const image = `seamark.test/${name}:${version}`;
  if (spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' }).status !== 0) importImage(program, image);
  return { image, program };
}

function importImage(program: string, image: string): void {
  using root = temporaryFolder('image');
  // A static program has none, and ldd says so by its exit code.
  const libraries = spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.matchAll(/(\/\S+\.so\S*)/g);
  for (const file of [program, ...[...libraries].map((match) => match[1] ?? '')]) {
    const target = join(root.path, file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(realpathSync(file), target);
  }
  mkdirSync(join(root.path, 'tmp'));
  const script = 'tar -C "$0" -c . | docker import - "$1"';
  const { status, stderr } = spawnSync('sh', ['-c', script, root.path, image], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${image} cannot be imported: ${stderr}`);
}
