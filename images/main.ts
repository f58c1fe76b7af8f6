import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildImage, imageCacheFolder } from './build-image.ts';
import { hostArchitecture } from './host-architecture.ts';
import { differences, readExportedContainer, readImageArchive } from './oci/image-contents.ts';
import type { Architecture } from './oci/manifest.ts';
import { readTar } from './oci/tar-reader.ts';
import { writeTree } from './oci/write-tree.ts';
import { imageGroups, recipeOf } from './recipes.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { updateDebianPackages } from './sources/debian-packages.ts';

const usage = `npm run image -- [options] [NAME…]      default: seamark

Builds images as OCI archives; prints reference, digest and file of each.

  --platform linux/amd64,linux/arm64   default: this machine's
  --output FILE.tar                    copy the archive there (one image), and its bill of materials beside it
  --tag REFERENCE                      instead of the image's own name
  --rootfs DIR                         write the files of the image there instead: what images/Dockerfile copies
  --compare FILE.tar                   with an archive of docker save or docker export: lists the paths that differ
  --update-packages                    pin the current versions of the Debian packages, then end
`;

const { values, positionals } = commandLine();

try {
  if (values.help === true) process.stdout.write(usage);
  else if (values['update-packages'] === true) updateDebianPackages(downloadFolder());
  else await main();
} catch (error) {
  process.stderr.write(`seamark: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const names = (positionals.length === 0 ? ['seamark'] : positionals).flatMap((name) => imageGroups[name] ?? [name]);
  if (names.length > 1 && (values.output ?? values.tag ?? values.rootfs ?? values.compare) !== undefined) {
    throw new Error('--output, --tag, --rootfs and --compare are for one image');
  }
  const architectures = values.platform === undefined ? [hostArchitecture()] : values.platform.split(',').map(architectureOf);
  for (const name of names) {
    if (values.rootfs !== undefined) {
      await writeRoots(name, architectures, resolve(values.rootfs));
      continue;
    }
    const image = await buildImage(name, { architectures, ...(values.tag === undefined ? {} : { reference: values.tag }) });
    if (values.compare !== undefined) {
      compare(image.archive, values.compare);
      continue;
    }
    let archive = image.archive;
    if (values.output !== undefined) {
      archive = resolve(values.output);
      copyFileSync(image.archive, archive);
      for (const sidecar of image.sidecars) copyFileSync(sidecar, join(dirname(archive), basename(sidecar)));
    }
    process.stdout.write(`${image.reference} ${image.digest} ${archive}\n`);
  }
}

/** DIR/ARCHITECTURE/LAYER/…; a folder of an earlier call is replaced, any other is left alone. */
async function writeRoots(name: string, architectures: readonly Architecture[], folder: string): Promise<void> {
  const marker = join(folder, '.seamark-rootfs');
  if (existsSync(folder) && !existsSync(marker)) throw new Error(`${folder} exists and was not written by this command`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(marker, '');
  for (const architecture of architectures) {
    const { layers } = await recipeOf(name).make(architecture, { downloads: downloadFolder() });
    for (const [index, { tree }] of layers.entries()) writeTree(tree(), join(folder, architecture, String(index)), sourceDateEpoch());
    process.stdout.write(`${join(folder, architecture)}\n`);
  }
}

function compare(archive: string, other: string): void {
  const isImage = readTar(other).some(({ path }) => path === 'manifest.json');
  const found = differences(readImageArchive(archive).files, isImage ? readImageArchive(other).files : readExportedContainer(other));
  process.stdout.write(found.length === 0 ? 'the same files\n' : `${found.join('\n')}\n`);
  if (found.length > 0) process.exitCode = 1;
}

function downloadFolder(): string {
  const folder = join(imageCacheFolder(), 'downloads');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function architectureOf(platform: string): Architecture {
  const architecture = platform.replace(/^linux\//, '');
  if (architecture !== 'amd64' && architecture !== 'arm64')
    throw new Error(`--platform ${platform}: linux/amd64 and linux/arm64 are built`);
  return architecture;
}

function commandLine() {
  try {
    return parsedArguments();
  } catch (error) {
    process.stderr.write(`seamark: ${(error as Error).message.split('. ')[0]} (npm run image -- --help)\n`);
    return process.exit(2);
  }
}

function parsedArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      platform: { type: 'string' },
      output: { type: 'string' },
      tag: { type: 'string' },
      rootfs: { type: 'string' },
      compare: { type: 'string' },
      'update-packages': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}
