import type { LayerDescriptor } from './layer.ts';
import { type Architecture, type Blob, descriptor, imageConfig, imageIndex, imageManifest, type ImageSettings } from './manifest.ts';
import { TarWriter } from './tar-writer.ts';

/** One architecture of an image, ready to be written. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly settings: ImageSettings;
  readonly layers: readonly { readonly descriptor: LayerDescriptor; readonly file: string; readonly about: string }[];
}

/**
 * Writes an archive that `ctr images import`, `kind load image-archive`, `skopeo`, `podman load` and `docker load` (also of versions
 * that know no OCI layout) take: an OCI layout and, for one architecture, Docker's manifest.json over the same blobs.
 * Returns the digest by which the image is pulled: of its manifest, or of the index over several architectures.
 */
export function writeArchive(
  file: string,
  reference: string,
  platforms: readonly PlatformImage[],
  time: { readonly mtime: number },
): { readonly digest: string } {
  const created = new Date(time.mtime * 1000);
  const images = platforms.map(({ architecture, settings, layers }) => {
    const config = imageConfig(architecture, settings, layers, created);
    const descriptors = layers.map((layer) => layer.descriptor);
    return { architecture, layers, config, manifest: imageManifest(config, descriptors) };
  });
  const [first] = images;
  if (first === undefined) throw new Error(`${reference}: an image needs at least one platform`);
  const top = images.length === 1 ? first.manifest : imageIndex(images);
  const documents = [...images.flatMap(({ config, manifest }) => [config, manifest]), ...(top === first.manifest ? [] : [top])];

  const blobs = new Map<string, Uint8Array | { readonly file: string }>(documents.map(({ digest, content }) => [digest, content]));
  for (const { layers } of images) for (const layer of layers) blobs.set(layer.descriptor.digest, { file: layer.file });

  const tar = new TarWriter(file, time.mtime);
  const json = (path: string, document: unknown): void =>
    tar.add({ path, kind: 'file', mode: 0o644 }, Buffer.from(JSON.stringify(document)));
  tar.add({ path: 'blobs', kind: 'directory', mode: 0o755 });
  tar.add({ path: 'blobs/sha256', kind: 'directory', mode: 0o755 });
  for (const [digest, content] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    tar.add({ path: blobPath(digest), kind: 'file', mode: 0o644 }, content);
  }
  json('index.json', layoutIndex(reference, top, images.length === 1 ? first.architecture : undefined));
  if (images.length === 1) {
    json('manifest.json', [
      {
        Config: blobPath(first.config.digest),
        RepoTags: [reference],
        Layers: first.layers.map((layer) => blobPath(layer.descriptor.digest)),
      },
    ]);
  }
  json('oci-layout', { imageLayoutVersion: '1.0.0' });
  tar.end();
  return { digest: top.digest };
}

function layoutIndex(reference: string, top: Blob, architecture: Architecture | undefined): unknown {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor(top),
        ...(architecture === undefined ? {} : { platform: { architecture, os: 'linux' } }),
        // containerd takes the name from the first annotation, other tools the tag from the second.
        annotations: {
          'io.containerd.image.name': reference,
          'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
        },
      },
    ],
  };
}

function blobPath(digest: string): string {
  return `blobs/sha256/${digest.replace('sha256:', '')}`;
}
