import { digestOfRange, type FileRange, readRange, readTar, type TarMember } from './tar-reader.ts';

/** What is at one path of an image, in one line: kind, mode, and digest or target. */
export type PathContent = string;

/** An image of an archive, whoever wrote it. */
export interface ImageContents {
  /** `config` of the image configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The layers' tar files inside of the archive, bottom first. */
  readonly layers: readonly FileRange[];
  /** Path → content after all layers; owners and times are not compared. */
  readonly files: ReadonlyMap<string, PathContent>;
}

/** Reads an archive of `npm run image` or of `docker save` (any version), of one architecture and with layers that are not compressed. */
export function readImageArchive(archive: string): ImageContents {
  const members = new Map(readTar(archive).map((member) => [member.path, member]));
  const range = (path: string): FileRange => {
    let member = members.get(path);
    // docker save of old versions writes a layer that appears twice as a link.
    if (member?.kind === 'symlink') member = members.get(new URL(member.target, `file:///${path}`).pathname.slice(1));
    if (member === undefined) throw new Error(`${archive} has no ${path}: it is no image archive of one architecture`);
    return { file: archive, offset: member.offset, size: member.size };
  };
  const json = (path: string): unknown => JSON.parse(readRange(range(path)).toString('utf8'));
  const [manifest] = json('manifest.json') as { readonly Config: string; readonly Layers: readonly string[] }[];
  if (manifest === undefined) throw new Error(`${archive} holds no image`);
  const layers = manifest.Layers.map(range);
  const { config } = json(manifest.Config) as { readonly config: Readonly<Record<string, unknown>> };
  return { config, layers, files: flatten(layers) };
}

/** Reads the tar of `docker export`; what an engine adds to a container (dev, proc, sys, etc/hosts …) is left out. */
export function readExportedContainer(file: string): ReadonlyMap<string, PathContent> {
  const added = /^(dev|proc|sys|\.dockerenv|etc\/(hosts|hostname|resolv\.conf|mtab))(\/|$)/;
  const files = flatten([{ file, offset: 0, size: Number.MAX_SAFE_INTEGER }]);
  return new Map([...files].filter(([path]) => !added.test(path)));
}

/** Paths in which two images differ, one line each. */
export function differences(ours: ReadonlyMap<string, PathContent>, theirs: ReadonlyMap<string, PathContent>): readonly string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return paths.flatMap((path) => {
    const [a, b] = [ours.get(path) ?? 'nothing', theirs.get(path) ?? 'nothing'];
    return a === b ? [] : [`${path}: ${a} here, ${b} there`];
  });
}

function flatten(layers: readonly FileRange[]): ReadonlyMap<string, PathContent> {
  const files = new Map<string, PathContent>();
  for (const layer of layers) {
    for (const member of readTar(layer)) if (member.path !== '') files.set(member.path, describe(member, layer.file));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(member: TarMember, file: string): PathContent {
  const mode = member.mode.toString(8).padStart(4, '0');
  if (member.kind === 'symlink') return `symlink to ${member.target}`;
  if (member.kind === 'file') return `file ${mode} ${digestOfRange({ file, offset: member.offset, size: member.size })}`;
  return `${member.kind} ${mode}`;
}
