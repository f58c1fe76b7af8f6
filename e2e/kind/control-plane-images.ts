import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage, buildRecipe } from '@seamark/images';
import { RootTree } from '@seamark/images/root-tree';
import { builtToolFolder } from '@seamark/testkit';
import { mustRun } from '../lab/run-program.ts';

const path = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** The images that kubeadm runs a control plane from, made from the built programs under the names that it asks for. */
export interface ControlPlaneImages {
  readonly archives: readonly string[];
  /** Reference of the image that holds a pod's namespaces. */
  readonly pause: string;
}

/** Builds them; `root` is an unpacked node root, out of which kube-proxy gets nft and its libraries. */
export async function controlPlaneImages(root: string): Promise<ControlPlaneImages> {
  const kubernetes = builtToolFolder('kubernetes');
  const version = (await mustRun([join(kubernetes, 'kubeadm'), 'version', '--output=short'])).trim();
  const names = (await mustRun([join(kubernetes, 'kubeadm'), 'config', 'images', 'list', `--kubernetes-version=${version}`]))
    .split('\n')
    .filter((line) => line !== '');
  const archives: string[] = [];
  let pause: string | undefined;
  for (const reference of names) {
    const name = reference.slice(reference.lastIndexOf('/') + 1, reference.lastIndexOf(':'));
    if (name === 'pause') pause = reference;
    archives.push(
      name === 'pause' || name === 'etcd' || name === 'coredns'
        ? (await buildImage(name, { reference })).archive
        : await kubernetesImage(name, reference, name === 'kube-proxy' ? root : undefined),
    );
  }
  if (pause === undefined) throw new Error(`kubeadm ${version} names no pause image: ${names.join(' ')}`);
  return { archives, pause };
}

async function kubernetesImage(name: string, reference: string, root: string | undefined): Promise<string> {
  const program = join(builtToolFolder('kubernetes'), name);
  const tree = new RootTree().directory('tmp', 0o1777).program(`usr/local/bin/${name}`, { file: program });
  tree.file('etc/nsswitch.conf', 'hosts: files dns\n');
  const files = root === undefined ? [] : await programWithLibraries(root, '/usr/sbin/nft');
  for (const [target, file] of files) tree.program(target, { file });
  const { size, mtimeMs } = statSync(program);
  const { archive } = await buildRecipe(
    {
      name: `kind-${name}`,
      reference,
      architectures: ['amd64', 'arm64'],
      inputs: () => [program, size, mtimeMs, files.map(([target, file]) => [target, statSync(file).size])],
      make: () =>
        Promise.resolve({
          settings: { entrypoint: [], environment: path },
          layers: [{ about: `${name} of Kubernetes`, tree: () => tree }],
        }),
    },
    {},
  );
  return archive;
}

/** Path in an image → file, of a dynamic program of `root` and of all that the loader would load for it. */
async function programWithLibraries(root: string, program: string): Promise<[string, string][]> {
  const listed = await mustRun(['chroot', root, 'ldd', program]);
  const libraries = [...listed.matchAll(/(\/\S+\.so\S*)/g)].map((match) => match[1] ?? '');
  // Libraries are links to versioned files, some of them with absolute targets: only inside the root do they lead anywhere.
  const files = (await mustRun(['chroot', root, 'realpath', program, ...libraries])).trim().split('\n');
  return [program, ...libraries].map((target, index) => [target.slice(1), join(root, files[index] ?? '')]);
}

/** Version of the built Kubernetes programs, as kind wants it in /kind/version. */
export function kubernetesVersion(toolsFolder: string): string {
  const version = /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(toolsFolder, 'kubernetes', 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('e2e/tools/kubernetes/go.mod does not require k8s.io/kubernetes');
  return version;
}
