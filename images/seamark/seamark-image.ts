import { join } from 'node:path';
import { sourceDateEpoch } from '../source-date-epoch.ts';
import type { ImageRecipe } from '../image-recipe.ts';
import { readManifest, repositoryRoot } from '../repository.ts';
import { sourceHash } from '../source-hash.ts';
import { pinnedDebianPackages } from '../sources/debian-packages.ts';
import { pinnedNodePackage } from '../sources/node-package.ts';
import { imageAddon } from './addon.ts';
import { applicationLayer } from './application-layer.ts';
import { baseLayer } from './base-layer.ts';
import { bundleSeamark } from './bundle.ts';
import { checkoutRevision, imageInputs } from './revision.ts';
import { spdxDocument } from './sbom.ts';

const version = readManifest(join(repositoryRoot, 'packages/cli')).version;

const environment = [
  'PATH=/usr/bin',
  'NODE_ENV=production',
  'SEAMARK_DATA_DIR=/var/lib/seamark',
  // Together a third less memory of its own for each process (README.md has the figures): a young generation of 2 MiB instead of
  // 16 MiB, and freed memory goes back to the system.
  'NODE_OPTIONS=--max-semi-space-size=2',
  'MALLOC_ARENA_MAX=1',
  'MALLOC_TRIM_THRESHOLD_=131072',
];

/** The product: every component, chosen by the first argument. */
export const seamark: ImageRecipe = {
  name: 'seamark',
  reference: `ghcr.io/seamark-dns/seamark:${version}`,
  architectures: ['amd64', 'arm64'],
  // The lockfile is among the inputs and pins Node and all packages.
  inputs: (architectures) => [
    checkoutRevision(),
    ...imageInputs.map((path) => sourceHash(join(repositoryRoot, path))),
    // A compiler decides about it as well as its sources.
    ...architectures.map((architecture) => imageAddon(architecture)?.hash ?? 'no addon'),
  ],
  make: async (architecture, { downloads }) => {
    const revision = checkoutRevision();
    const bundle = await bundleSeamark();
    const debian = pinnedDebianPackages(architecture);
    const created = new Date(sourceDateEpoch() * 1000);
    const sbom = spdxDocument({
      version,
      revision,
      architecture,
      created,
      node: pinnedNodePackage(architecture),
      debianSuite: debian.suite,
      debian: debian.packages,
      npm: bundle.packages,
    });
    return {
      settings: {
        entrypoint: ['/usr/bin/node', '/app/dist/main.js'],
        command: ['--help'],
        user: '65532:65532',
        workingDirectory: '/app',
        environment,
        labels: {
          'org.opencontainers.image.title': 'seamark',
          'org.opencontainers.image.description': 'An address and a name for every service, on bare metal.',
          'org.opencontainers.image.version': version,
          'org.opencontainers.image.revision': revision,
          'org.opencontainers.image.source': 'https://github.com/seamark-dns/seamark',
          'org.opencontainers.image.licenses': 'Apache-2.0',
          'org.opencontainers.image.created': created.toISOString().replace('.000Z', 'Z'),
        },
      },
      layers: [
        {
          about: 'Node and its libraries',
          inputs: [pinnedNodePackage(architecture), debian],
          tree: () => baseLayer(architecture, downloads),
        },
        { about: `seamark ${version}`, tree: () => applicationLayer(bundle, { version, revision }, imageAddon(architecture), sbom) },
      ],
      sidecars: [{ name: `seamark-${architecture}.spdx.json`, content: sbom }],
    };
  },
};
