import { createHash } from 'node:crypto';
import type { LayerDescriptor } from './layer.ts';

/** Architectures by the names of the image specification. */
export type Architecture = 'amd64' | 'arm64';

/** What an image says about how to run it: `config` of the image specification. */
export interface ImageSettings {
  readonly entrypoint: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly environment?: readonly string[];
  readonly exposedPorts?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** A JSON document of an image with its digest. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly content: Buffer;
}

const ociTypes = 'application/vnd.oci.image';

/** The image configuration. Keys stand in a fixed order: its digest is the image id. */
export function imageConfig(
  architecture: Architecture,
  settings: ImageSettings,
  layers: readonly { readonly descriptor: LayerDescriptor; readonly about: string }[],
  created: Date,
): Blob {
  return blob(`${ociTypes}.config.v1+json`, {
    created: timestamp(created),
    architecture,
    os: 'linux',
    config: {
      ...(settings.user === undefined ? {} : { User: settings.user }),
      ...(settings.exposedPorts === undefined
        ? {}
        : { ExposedPorts: Object.fromEntries([...settings.exposedPorts].sort().map((port) => [port, {}])) }),
      Env: settings.environment ?? [],
      Entrypoint: settings.entrypoint,
      ...(settings.command === undefined ? {} : { Cmd: settings.command }),
      WorkingDir: settings.workingDirectory ?? '/',
      ...(settings.labels === undefined
        ? {}
        : { Labels: Object.fromEntries(Object.entries(settings.labels).sort(([a], [b]) => (a < b ? -1 : 1))) }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
    history: layers.map(({ about }) => ({ created: timestamp(created), created_by: about })),
  });
}

/** The manifest of one architecture. */
export function imageManifest(config: Blob, layers: readonly LayerDescriptor[]): Blob {
  return blob(`${ociTypes}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${ociTypes}.manifest.v1+json`,
    config: descriptor(config),
    layers: layers.map(({ digest, size }) => ({ mediaType: `${ociTypes}.layer.v1.tar`, digest, size })),
  });
}

/** The index over the architectures of one image. */
export function imageIndex(manifests: readonly { readonly architecture: Architecture; readonly manifest: Blob }[]): Blob {
  return blob(`${ociTypes}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${ociTypes}.index.v1+json`,
    manifests: manifests.map(({ architecture, manifest }) => ({ ...descriptor(manifest), platform: { architecture, os: 'linux' } })),
  });
}

/** How one document refers to another. */
export function descriptor(of: Blob): { readonly mediaType: string; readonly digest: string; readonly size: number } {
  return { mediaType: of.mediaType, digest: of.digest, size: of.size };
}

function blob(mediaType: string, document: unknown): Blob {
  const content = Buffer.from(JSON.stringify(document));
  return { mediaType, digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length, content };
}

/** RFC 3339 without the fraction, as image tools write it. */
function timestamp(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
