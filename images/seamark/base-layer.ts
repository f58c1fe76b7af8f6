import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../oci/manifest.ts';
import { RootTree } from '../oci/root-tree.ts';
import { debianPackageFolder, pinnedDebianPackages } from '../sources/debian-packages.ts';
import { nodePackageFolder, pinnedNodePackage } from '../sources/node-package.ts';

/** Everything Node's program is linked to, and the loader under the name that is written in it. */
const platforms: Readonly<Record<Architecture, { readonly triplet: string; readonly loader: string; readonly loaderLink: string }>> = {
  amd64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2', loaderLink: 'usr/lib64/ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1', loaderLink: 'usr/lib/ld-linux-aarch64.so.1' },
};
const libraries: Readonly<Record<string, readonly string[]>> = {
  libc6: ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'],
  'libgcc-s1': ['libgcc_s.so.1'],
  'libstdc++6': ['libstdc++.so.6'],
};

/**
 * Node with its shared libraries and nothing else: no shell, no package manager, no certificates (Node brings its own list, and the
 * API server's comes with the ServiceAccount).
 */
export function baseLayer(architecture: Architecture, downloads: string): RootTree {
  const { triplet, loader, loaderLink } = platforms[architecture];
  const node = nodePackageFolder(pinnedNodePackage(architecture), downloads);
  const { suite, packages } = pinnedDebianPackages(architecture);
  const tree = new RootTree()
    .program('usr/bin/node', { file: join(node, 'bin/node') })
    .file('usr/share/doc/node/LICENSE', { file: join(node, 'LICENSE') })
    .symlink('bin', 'usr/bin')
    .symlink('lib', 'usr/lib')
    .file('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\nseamark:x:65532:65532:seamark:/:/sbin/nologin\n')
    .file('etc/group', 'root:x:0:\nseamark:x:65532:\n')
    .file('etc/nsswitch.conf', 'hosts: files dns\n')
    // Scanners read these two to know where the libraries are from.
    .file('etc/os-release', `ID=debian\nVERSION_CODENAME=${suite}\nVERSION_ID="13"\nPRETTY_NAME="Node on Debian ${suite} libraries"\n`)
    // The embedded store of `seamark up`; a volume that is mounted here takes this mode over.
    .directory('var/lib/seamark', 0o1777);
  for (const wanted of packages) {
    const folder = debianPackageFolder(wanted, architecture, downloads);
    const libraryFolder = join(folder, 'usr/lib', triplet);
    for (const library of libraries[wanted.name] ?? []) {
      tree.file(`usr/lib/${triplet}/${library}`, { file: realpathSync(join(libraryFolder, library)) });
    }
    if (wanted.name === 'libc6') tree.program(`usr/lib/${triplet}/${loader}`, { file: join(libraryFolder, loader) });
    tree.file(`var/lib/dpkg/status.d/${wanted.name}`, readFileSync(join(folder, 'control')));
    const copyright = join(folder, 'usr/share/doc', wanted.name, 'copyright');
    // The libraries of GCC refer to the one of gcc-14-base.
    if (existsSync(copyright)) tree.file(`usr/share/doc/${wanted.name}/copyright`, { file: realpathSync(copyright) });
    else tree.symlink(`usr/share/doc/${wanted.name}`, 'gcc-14-base');
  }
  if (loaderLink.startsWith('usr/lib64/')) tree.symlink('lib64', 'usr/lib64').symlink(loaderLink, `../lib/${triplet}/${loader}`);
  else tree.symlink(loaderLink, `${triplet}/${loader}`);
  return tree;
}
