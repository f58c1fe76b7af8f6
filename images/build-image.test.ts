import { readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { buildImage, buildRecipe } from './build-image.ts';
import type { ImageRecipe } from './image-recipe.ts';
import { differences, readImageArchive } from './oci/image-contents.ts';
import { RootTree } from './oci/root-tree.ts';
import { digestOfRange, readRange, readTar } from './oci/tar-reader.ts';

const recipe = (content: string): ImageRecipe => ({
  name: 'example',
  reference: 'registry.example/example:1',
  architectures: ['amd64', 'arm64'],
  inputs: () => content,
  make: (architecture) =>
    Promise.resolve({
      settings: { entrypoint: ['/a'], labels: { b: '2', a: '1' } },
      layers: [
        { about: 'below', inputs: 'constant', tree: () => new RootTree().file('below', 'constant') },
        { about: 'above', tree: () => new RootTree().file('a', `${content} ${architecture}`) },
      ],
      sidecars: [{ name: `example-${architecture}.txt`, content }],
    }),
});

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** Checks every digest and size that a document and those below it name; returns the media types on the way. */
function checkBlobs(archive: string, descriptors: readonly Descriptor[]): string[] {
  const members = new Map(readTar(archive).map((member) => [member.path, member]));
  return descriptors.flatMap((descriptor) => {
    const member = members.get(`blobs/sha256/${descriptor.digest.replace('sha256:', '')}`);
    const range = { file: archive, offset: member?.offset ?? 0, size: member?.size ?? 0 };
    expect({ digest: digestOfRange(range), size: range.size }).toEqual({ digest: descriptor.digest, size: descriptor.size });
    if (!descriptor.mediaType.endsWith('+json')) return [descriptor.mediaType];
    const document = JSON.parse(readRange(range).toString()) as {
      manifests?: Descriptor[];
      config?: Descriptor;
      layers?: Descriptor[];
    };
    const below = descriptor.mediaType.includes('config')
      ? []
      : [...(document.manifests ?? []), ...(document.config === undefined ? [] : [document.config]), ...(document.layers ?? [])];
    return [descriptor.mediaType, ...checkBlobs(archive, below)];
  });
}

function layoutIndex(archive: string): { manifests: (Descriptor & { annotations: Record<string, string> })[] } {
  const member = readTar(archive).find(({ path }) => path === 'index.json');
  return JSON.parse(readRange({ file: archive, offset: member?.offset ?? 0, size: member?.size ?? 0 }).toString());
}

describe('an image archive', () => {
  it('is the same, byte for byte, when it is built again elsewhere', async () => {
    using folder = temporaryFolder('images');
    const first = await buildRecipe(recipe('x'), { cacheFolder: join(folder.path, 'one') });
    const umask = process.umask(0o077);
    try {
      const second = await buildRecipe(recipe('x'), { cacheFolder: join(folder.path, 'two') });
      expect(second.digest).toBe(first.digest);
      expect(readFileSync(second.archive)).toEqual(readFileSync(first.archive));
    } finally {
      process.umask(umask);
    }
  });

  it.each([
    [['amd64'], ['manifest', 'config', 'tar', 'tar']],
    [
      ['arm64', 'amd64'],
      ['index', 'manifest', 'config', 'tar', 'tar', 'manifest', 'config', 'tar', 'tar'],
    ],
  ] as const)('for %j names the digest and size of all that it holds', async (architectures, kinds) => {
    using folder = temporaryFolder('images');
    const image = await buildRecipe(recipe('x'), { cacheFolder: folder.path, architectures });
    const { manifests } = layoutIndex(image.archive);
    expect(manifests.map(({ digest }) => digest)).toEqual([image.digest]);
    expect(manifests[0]?.annotations).toEqual({
      'io.containerd.image.name': 'registry.example/example:1',
      'org.opencontainers.image.ref.name': '1',
    });
    const types = checkBlobs(image.archive, manifests);
    expect(types.map((type) => /(index|manifest|config|tar)/.exec(type.replace('.v1.tar', ' tar'))?.[1])).toEqual(kinds);
    expect(image.sidecars.map((file) => readFileSync(file, 'utf8'))).toEqual(architectures.map(() => 'x'));
  });

  it('is found again while its inputs are the same, and built anew when they change', async () => {
    using folder = temporaryFolder('images');
    const options = { cacheFolder: folder.path };
    const first = await buildRecipe(recipe('x'), options);
    utimesSync(first.archive, 1, 1);
    await buildRecipe(recipe('x'), options);
    expect(statSync(first.archive).mtimeMs).toBe(1000);
    const changed = await buildRecipe(recipe('y'), options);
    expect(changed.digest).not.toBe(first.digest);
    expect(differences(readImageArchive(first.archive).files, readImageArchive(changed.archive).files)).toEqual([
      expect.stringMatching(/^a: file 0644 sha256:\w+ here, file 0644 sha256:\w+ there$/),
    ]);
  });

  it('for an architecture that cannot be built is refused', async () => {
    await expect(buildRecipe({ ...recipe('x'), architectures: ['amd64'] }, { architectures: ['arm64'] })).rejects.toThrow(
      'image example can be built for amd64 here, not for arm64',
    );
    await expect(buildImage('sea')).rejects.toThrow(/there is no image sea; there are seamark, pause, /);
  });
});
