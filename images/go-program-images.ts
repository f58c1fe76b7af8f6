import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder } from '@seamark/testkit';
import type { ImageRecipe } from './image-recipe.ts';
import { hostArchitecture } from './host-architecture.ts';
import type { ImageSettings } from './oci/manifest.ts';
import { RootTree } from './oci/root-tree.ts';
import { repositoryRoot } from './repository.ts';

const toolsFolder = join(repositoryRoot, 'e2e/tools');

interface GoProgramImage {
  readonly name: string;
  /** Folder of e2e/tools whose programs are in the image. */
  readonly tool: string;
  /** Go module by whose version the image is tagged. */
  readonly module: string;
  readonly repository: string;
  /** Path in the image → name of the built program. */
  readonly programs: Readonly<Record<string, string>>;
  readonly settings: ImageSettings;
  readonly folders?: readonly string[];
  readonly bindsLowPorts?: boolean;
}

const path = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
const nonRoot = '65532:65532';

/** Layout, user and entry point of each are those of the official image, so that the official charts run on them. */
const images: readonly GoProgramImage[] = [
  {
    name: 'coredns',
    tool: 'coredns',
    module: 'github.com/coredns/coredns',
    repository: 'registry.k8s.io/coredns/coredns',
    programs: { coredns: 'coredns' },
    settings: { entrypoint: ['/coredns'], user: nonRoot, environment: path, exposedPorts: ['53/tcp', '53/udp'] },
    bindsLowPorts: true,
  },
  {
    name: 'etcd',
    tool: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    repository: 'quay.io/coreos/etcd',
    programs: { 'usr/local/bin/etcd': 'etcd', 'usr/local/bin/etcdctl': 'etcdctl', 'usr/local/bin/etcdutl': 'etcdutl' },
    settings: { entrypoint: [], command: ['/usr/local/bin/etcd'], environment: path, exposedPorts: ['2379/tcp', '2380/tcp'] },
    folders: ['var/etcd', 'var/lib/etcd'],
  },
  {
    name: 'metallb-controller',
    tool: 'metallb',
    module: 'go.universe.tf/metallb',
    repository: 'quay.io/metallb/controller',
    programs: { controller: 'controller' },
    settings: { entrypoint: ['/controller'], environment: path },
  },
  {
    name: 'metallb-speaker',
    tool: 'metallb',
    module: 'go.universe.tf/metallb',
    repository: 'quay.io/metallb/speaker',
    programs: { speaker: 'speaker' },
    settings: { entrypoint: ['/speaker'], environment: path },
  },
  {
    name: 'external-dns',
    tool: 'external-dns',
    module: 'sigs.k8s.io/external-dns',
    repository: 'registry.k8s.io/external-dns/external-dns',
    programs: { 'ko-app/external-dns': 'external-dns' },
    settings: { entrypoint: ['/ko-app/external-dns'], user: nonRoot, environment: path },
  },
];

/** Images around one static program each, which `npm run setup` has built by Go: for this machine's architecture only. */
export const goProgramImages: readonly ImageRecipe[] = images.map((image) => {
  const built = (): [string, string][] =>
    Object.entries(image.programs).map(([target, program]) => {
      const file = join(builtToolFolder(image.tool), program);
      if (!existsSync(file)) {
        throw new Error(
          `image ${image.name}: ${program} of e2e/tools/${image.tool} is not built (npm run image -- ${image.name} builds it where Go is on PATH)`,
        );
      }
      return [target, file];
    });
  return {
    name: image.name,
    reference: `${image.repository}:${moduleVersion(image.tool, image.module)}`,
    architectures: [hostArchitecture()],
    inputs: () => built().map(([target, file]) => ({ target, file, size: statSync(file).size, modified: statSync(file).mtimeMs })),
    make: async () => {
      const tree = (): RootTree => {
        const files = baseTree();
        for (const folder of image.folders ?? []) files.directory(folder);
        for (const [target, file] of built()) {
          files.program(target, { file }, image.bindsLowPorts === undefined ? {} : { bindsLowPorts: image.bindsLowPorts });
        }
        return files;
      };
      return { settings: image.settings, layers: [{ about: `${image.module} ${moduleVersion(image.tool, image.module)}`, tree }] };
    },
  };
});

/** What a static Go program expects of its root: users, name service, a folder for temporary files. */
function baseTree(): RootTree {
  return new RootTree()
    .directory('tmp', 0o1777)
    .file('etc/passwd', 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n')
    .file('etc/group', 'root:x:0:\nnonroot:x:65532:\n')
    .file('etc/nsswitch.conf', 'hosts: files dns\n');
}

function moduleVersion(tool: string, module: string): string {
  const goMod = readFileSync(join(toolsFolder, tool, 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*(?:require )?${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goMod)?.[1];
  if (version === undefined) throw new Error(`e2e/tools/${tool}/go.mod does not require ${module}`);
  return version;
}
