// npm run image [-- [options] NAME…]: container images as OCI archives, without a container engine; images/README.md has the manual.
import { join } from 'node:path';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureGoTools } from './lib/tools.mjs';

/** Image, or group of images, → folders of e2e/tools whose programs are in it. */
const foldersOf = {
  coredns: ['coredns'],
  etcd: ['etcd'],
  'metallb-controller': ['metallb'],
  'metallb-speaker': ['metallb'],
  'external-dns': ['external-dns'],
  peers: ['metallb', 'external-dns', 'coredns'],
};

main(async () => {
  const args = process.argv.slice(2);
  const folders = new Set(args.flatMap((name) => foldersOf[name] ?? []));
  await ensureDependencies();
  for (const reason of await ensureGoTools((_details, folder) => folders.has(folder))) progress(reason);
  return run(nodeProgram(), ['--conditions=@seamark/source', join(root, 'images/main.ts'), ...args], { cwd: process.cwd() });
});
