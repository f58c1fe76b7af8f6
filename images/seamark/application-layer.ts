import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RootTree } from '../oci/root-tree.ts';
import { repositoryRoot } from '../repository.ts';
import type { ImageAddon } from './addon.ts';
import type { Bundle } from './bundle.ts';

/** Seamark itself: /app/dist, what it reads at run time, licences and the bill of materials. */
export function applicationLayer(
  bundle: Bundle,
  stamp: { readonly version: string; readonly revision: string },
  addon: ImageAddon | undefined,
  sbom: string,
): RootTree {
  const tree = new RootTree();
  for (const [name, code] of bundle.modules) tree.file(`app/dist/${name}`, code);
  if (addon !== undefined) tree.file(`app/${addon.path}`, { file: addon.file });
  for (const [name, text] of bundle.protoFiles) tree.file(`app/proto/${name}`, text);
  // Read by `seamark --version`.
  tree.file('app/package.json', `${JSON.stringify({ name: '@seamark/cli', type: 'module', ...stamp }, null, 2)}\n`);
  const crds = join(repositoryRoot, 'charts/seamark/crds');
  for (const name of readdirSync(crds).filter((each) => /\.ya?ml$/.test(each))) tree.file(`app/crds/${name}`, { file: join(crds, name) });
  addFolder(tree, 'app/examples', join(repositoryRoot, 'examples'));
  tree.file('usr/share/doc/seamark/LICENSE', { file: join(repositoryRoot, 'LICENSE') });
  for (const { name, version, folder } of bundle.packages) {
    if (name.startsWith('@seamark/')) continue;
    for (const file of readdirSync(folder).filter((each) => /^(licen[cs]e|notice|copying)/i.test(each))) {
      tree.file(`usr/share/doc/${name.replace('/', '-').replace('@', '')}-${version}/${file}`, { file: join(folder, file) });
    }
  }
  return tree.file('usr/share/sbom/seamark.spdx.json', sbom);
}

function addFolder(tree: RootTree, target: string, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(tree, `${target}/${entry.name}`, file);
    else tree.file(`${target}/${entry.name}`, { file });
  }
}
