import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { buildAddon } from '@seamark/netio/build';

import { hostArchitecture } from '../host-architecture.ts';
import type { Architecture } from '../oci/manifest.ts';

/** Debian's compilers for the other machine. */
const crossCompilers: Readonly<Record<Architecture, string>> = { amd64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };
const nodeArchitectures: Readonly<Record<Architecture, string>> = { amd64: 'x64', arm64: 'arm64' };

/** The native part of netio in the image: where it stands below /app, and its file here. */
export interface ImageAddon {
  readonly path: string;
  readonly file: string;
  /** Of its content, which depends on the compiler. */
  readonly hash: string;
}

/** Builds the addon for an architecture; `undefined` where there is no compiler for it: the image then answers by node:dgram. */
export function imageAddon(architecture: Architecture): ImageAddon | undefined {
  const arch = nodeArchitectures[architecture];
  const built = architecture === hostArchitecture() ? buildAddon() : buildAddon({ arch, compiler: crossCompilers[architecture] });
  if (!built.ok) return undefined;
  const hash = createHash('sha256').update(readFileSync(built.file)).digest('hex');
  return { path: `prebuilds/linux-${arch}/netio.node`, file: built.file, hash };
}
