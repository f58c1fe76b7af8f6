import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hostArchitecture } from './host-architecture.ts';
import { filledFolder, filledFolderSync } from './filled-folder.ts';
import type { ImageRecipe, LayerRecipe } from './image-recipe.ts';
import { type PlatformImage, writeArchive } from './oci/archive.ts';
import { type LayerDescriptor, writeLayer } from './oci/layer.ts';
import type { Architecture } from './oci/manifest.ts';
import { recipeOf } from './recipes.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { sourceHash } from './source-hash.ts';

/** How an image is built; all of it has a default. */
export interface BuildOptions {
  /** Where archives and downloads are kept; outside the checkout, shared between checkouts. */
  readonly cacheFolder?: string;
  /** Default: `downloads` in the cache folder. */
  readonly downloadFolder?: string;
  /** Default: this machine's. */
  readonly architectures?: readonly Architecture[];
  /** Instead of the recipe's reference. */
  readonly reference?: string;
}

/** An image on disk. */
export interface BuiltImage {
  /** OCI archive for `ctr images import`, `kind load image-archive` and, with one architecture, `docker load`. Not to be changed. */
  readonly archive: string;
  readonly reference: string;
  /** Of the manifest, or of the index over several architectures. */
  readonly digest: string;
  /** Files beside the archive, such as the SBOM. */
  readonly sidecars: readonly string[];
}

/** Archives of one image that are kept; older ones go. */
const keptArchives = 6;
const keptLayers = 2;

/** Folder outside the checkout for archives and what is downloaded for them. */
export function imageCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seamark', 'images');
}

/** Builds an image, or finds the one that was built from the same inputs. The same inputs give the same digest on every machine. */
export async function buildImage(name: string, options: BuildOptions = {}): Promise<BuiltImage> {
  return buildRecipe(recipeOf(name), options);
}

/** Like {@link buildImage}, of a recipe that has no name here. */
export async function buildRecipe(recipe: ImageRecipe, options: BuildOptions = {}): Promise<BuiltImage> {
  const cacheFolder = options.cacheFolder ?? imageCacheFolder();
  const architectures = [...new Set(options.architectures ?? [hostArchitecture()])].sort();
  const foreign = architectures.find((architecture) => !recipe.architectures.includes(architecture));
  if (foreign !== undefined) {
    throw new Error(`image ${recipe.name} can be built for ${recipe.architectures.join(', ')} here, not for ${foreign}`);
  }
  const reference = options.reference ?? recipe.reference;
  const mtime = sourceDateEpoch();
  const key = createHash('sha256')
    .update(JSON.stringify([recipe.name, reference, architectures, mtime, sourceHash(import.meta.dirname), recipe.inputs(architectures)]))
    .digest('hex')
    .slice(0, 16);
  const archives = join(cacheFolder, 'archives');
  const folder = join(archives, `${recipe.name}-${key}`);
  await filledFolder(folder, (partial) =>
    write(recipe, architectures, reference, mtime, partial, cacheFolder, options.downloadFolder ?? join(cacheFolder, 'downloads')),
  );
  const now = new Date();
  utimesSync(folder, now, now);

  removeOld(archives, recipe.name, keptArchives);
  return read(folder);
}

async function write(
  recipe: ImageRecipe,
  architectures: readonly Architecture[],
  reference: string,
  mtime: number,
  folder: string,
  cacheFolder: string,
  downloads: string,
): Promise<void> {
  mkdirSync(downloads, { recursive: true });
  const sidecars: string[] = [];
  const platforms: PlatformImage[] = [];
  for (const architecture of architectures) {
    const content = await recipe.make(architecture, { downloads });
    const layers = content.layers.map((layer, index) => {
      const { file, descriptor } =
        layer.inputs === undefined
          ? newLayer(layer, join(folder, `layer-${architecture}-${index}`), mtime)
          : keptLayer(layer, `${recipe.name}-${architecture}-${index}`, mtime, join(cacheFolder, 'layers'));
      return { about: layer.about, file, descriptor };
    });
    platforms.push({ architecture, settings: content.settings, layers });
    for (const sidecar of content.sidecars ?? []) {
      sidecars.push(sidecar.name);
      writeFileSync(join(folder, sidecar.name), sidecar.content);
    }
  }
  const archive = `${recipe.name}.tar`;
  const { digest } = writeArchive(join(folder, archive), reference, platforms, { mtime });
  for (const { layers } of platforms) for (const { file } of layers) if (dirname(file) === folder) rmSync(file);
  writeFileSync(join(folder, 'image.json'), JSON.stringify({ archive, reference, digest, sidecars }));
}

interface WrittenLayer {
  readonly file: string;
  readonly descriptor: LayerDescriptor;
}

function newLayer(layer: LayerRecipe, file: string, mtime: number): WrittenLayer {
  return { file, descriptor: writeLayer(layer.tree(), file, mtime) };
}

function keptLayer(layer: LayerRecipe, name: string, mtime: number, layers: string): WrittenLayer {
  const key = createHash('sha256')
    .update(JSON.stringify([mtime, sourceHash(import.meta.dirname), layer.inputs]))
    .digest('hex')
    .slice(0, 16);
  const folder = filledFolderSync(join(layers, `${name}-${key}`), (partial) => {
    const { descriptor } = newLayer(layer, join(partial, 'layer.tar'), mtime);
    writeFileSync(join(partial, 'descriptor.json'), JSON.stringify(descriptor));
  });
  const now = new Date();
  utimesSync(folder, now, now);
  removeOld(layers, name, keptLayers);
  return {
    file: join(folder, 'layer.tar'),
    descriptor: JSON.parse(readFileSync(join(folder, 'descriptor.json'), 'utf8')) as LayerDescriptor,
  };
}

function read(folder: string): BuiltImage {
  const image = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as BuiltImage;
  return { ...image, archive: join(folder, image.archive), sidecars: image.sidecars.map((name) => join(folder, name)) };
}

/** Also partial ones that a killed build left, after an hour. */
function removeOld(folder: string, name: string, kept: number): void {
  const mine = readdirSync(folder)
    .filter((entry) => entry.startsWith(`${name}-`) && /^[0-9a-f]{16}(\.\d+\.partial)?$/.test(entry.slice(name.length + 1)))
    .map((entry) => ({ path: join(folder, entry), partial: entry.endsWith('.partial'), usedMs: statSync(join(folder, entry)).mtimeMs }))
    .sort((a, b) => b.usedMs - a.usedMs);
  const hourAgoMs = Date.now() - 3_600_000;
  const stale = [
    ...mine.filter((entry) => entry.partial && entry.usedMs < hourAgoMs),
    ...mine.filter((entry) => !entry.partial).slice(kept),
  ];
  for (const { path } of stale) rmSync(path, { recursive: true, force: true });
}
