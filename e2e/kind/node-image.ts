import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { builtToolFolder } from '@seamark/testkit';
import { mustRun } from '../lab/run-program.ts';
import { controlPlaneImages, kubernetesVersion } from './control-plane-images.ts';
import type { DockerEngine } from './docker-engine.ts';
import { kindCacheFolder } from './engine-slot.ts';
import { nodeRoot, removeOthers } from './node-root.ts';

const toolsFolder = resolve(import.meta.dirname, '../tools');
const repository = 'seamark.test/kind-node';

/** systemd raises limits of the whole machine when it starts: in a node it raises copies of them, which lie over the real ones. */
const init =
  'for name in file-max nr_open; do cat /proc/sys/fs/$name >/run/$name; mount --bind /run/$name /proc/sys/fs/$name; done; exec /sbin/init';

/** Puts the node image into an engine unless it is there, and returns its name. Made once per version of what is in it (about 90 s). */
export async function ensureNodeImage(engine: DockerEngine): Promise<string> {
  const key = nodeImageKey();
  const name = `${repository}:${key}`;
  const present = await engine.docker(['images', '--format', '{{.Repository}}:{{.Tag}}', repository]);
  if (present.split('\n').includes(name)) return name;
  const file = join(kindCacheFolder(), `node-${key}.tar`);
  if (!existsSync(file)) {
    await makeNodeRoot(file);
    removeOthers('node-', file);
  }
  await engine.docker(
    [
      'import',
      '--change',
      'ENV container=docker',
      '--change',
      `ENTRYPOINT ${JSON.stringify(['/usr/local/bin/entrypoint', '/bin/sh', '-c', init])}`,
      '--change',
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '-',
      name,
    ],
    { inputFile: file, timeoutMs: 300_000 },
  );
  const old = present.split('\n').filter((each) => each !== '' && each !== name);
  if (old.length > 0) await engine.docker(['rmi', '--force', ...old]);
  return name;
}

/** Everything that decides the content of a node image. */
function nodeImageKey(): string {
  const hash = createHash('sha256');
  for (const tool of ['kind', 'kubernetes', 'etcd', 'coredns']) hash.update(builtToolFolder(tool));
  for (const source of ['node-image.ts', 'node-root.ts', 'control-plane-images.ts']) {
    hash.update(readFileSync(join(import.meta.dirname, source)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** The root of kindest/node by hand: Debian, kind's own files out of its Go module, Kubernetes, and the control plane's images. */
async function makeNodeRoot(file: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'seamark-kind-node-'));
  const partial = `${file}.${process.pid}`;
  try {
    await mustRun(['tar', '-C', root, '--numeric-owner', '--exclude=./dev/*', '-xpf', await nodeRoot()]);
    await installKindFiles(root);
    installPrograms(root);
    const images = await controlPlaneImages(root);
    configureContainerd(root, images.pause);
    await importImages(root, images.archives);
    await mustRun(['tar', '-C', root, '--numeric-owner', '-cf', partial, '.'], { timeoutMs: 300_000 });
    renameSync(partial, file);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(partial, { force: true });
  }
}

/** The steps of images/base/Dockerfile of kind. */
async function installKindFiles(root: string): Promise<void> {
  const module = (await mustRun(['go', '-C', join(toolsFolder, 'kind'), 'list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kind'])).trim();
  await mustRun([
    'sh',
    '-c',
    `cp -r --no-preserve=mode "$0"/etc "$0"/kind "$0"/usr "$1"/ && chmod 755 "$1"/usr/local/bin/* "$1"/kind/bin/*`,
    join(module, 'images/base/files'),
    root,
  ]);
  // Of the distribution's services none is wanted, and its kernel settings are those of the whole machine.
  for (const folder of ['multi-user.target.wants', 'local-fs.target.wants', 'basic.target.wants', 'sockets.target.wants']) {
    for (const parent of ['usr/lib/systemd/system', 'etc/systemd/system']) {
      const path = join(root, parent, folder);
      for (const unit of existsSync(path) ? readdirSync(path) : []) {
        if (folder !== 'sockets.target.wants' || /udev|initctl/.test(unit)) rmSync(join(path, unit));
      }
    }
  }
  rmSync(join(root, 'usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service'), { force: true });
  rmSync(join(root, 'usr/lib/sysctl.d'), { recursive: true, force: true });
  rmSync(join(root, 'etc/sysctl.d/99-sysctl.conf'), { force: true });
  appendFileSync(join(root, 'etc/systemd/journald.conf'), 'ReadKMsg=no\n');
  rmSync(join(root, 'sbin/init'), { force: true });
  symlinkSync('/usr/lib/systemd/systemd', join(root, 'sbin/init'));
  const wanted = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wanted, { recursive: true });
  for (const unit of ['kubelet', 'containerd', 'undo-mount-hacks']) {
    symlinkSync(`/etc/systemd/system/${unit}.service`, join(wanted, `${unit}.service`));
  }
  symlinkSync('/dev/null', join(root, 'etc/systemd/system/systemd-binfmt.service'));
  writeFileSync(join(root, 'etc/machine-id'), '');
}

function installPrograms(root: string): void {
  for (const program of ['kubeadm', 'kubelet', 'kubectl'])
    copyFileSync(join(builtToolFolder('kubernetes'), program), join(root, 'usr/bin', program));
  writeFileSync(join(root, 'kind/version'), kubernetesVersion(toolsFolder));
  for (const program of ['containerd', 'ctr', 'containerd-shim-runc-v2']) {
    symlinkSync(`/usr/bin/${program}`, join(root, 'usr/local/bin', program));
  }
  mkdirSync(join(root, 'opt/cni'), { recursive: true });
  symlinkSync('/usr/lib/cni', join(root, 'opt/cni/bin'));
  mkdirSync(join(root, 'etc/kubernetes/manifests'), { recursive: true });
  mkdirSync(join(root, 'etc/cni/net.d'), { recursive: true });
  mkdirSync(join(root, 'kind/manifests'), { recursive: true });
  writeFileSync(join(root, 'kind/manifests/default-storage.yaml'), storageClass);
}

/** Volumes are folders of the nodes, made beforehand: `local` volumes, which unlike hostPath ones stay with their node. */
const storageClass = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
`;

function configureContainerd(root: string, pause: string): void {
  const path = join(root, 'etc/containerd/config.toml');
  const settings = readFileSync(path, 'utf8').replace(/sandbox_image = ".*"/, `sandbox_image = "${pause}"`);
  if (!settings.includes(pause)) throw new Error(`${path} of kind names no sandbox image`);
  writeFileSync(path, settings);
}

/**
 * Runs in the root: writes the runtime specification of containers as kind does, and takes the images into the content store,
 * not unpacked, as kind does: unpacked they would be copied with /var whenever a node is made.
 */
const inRoot = `
set -e
mount -t proc proc /proc
ctr oci spec | jq '.hooks.createContainer=[{"path":"/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' >/etc/containerd/cri-base.json
mkdir /run/import
printf '%s\\n' 'version = 2' 'disabled_plugins = ["io.containerd.grpc.v1.cri"]' >/run/import/config.toml
containerd --config /run/import/config.toml --state /run/import/state --address /run/import/socket >/run/import/log 2>&1 & engine=$!
for attempt in $(seq 100); do
  kill -0 $engine || { cat /run/import/log >&2; exit 1; }
  timeout 2 ctr --address /run/import/socket version >/dev/null 2>&1 && break
  sleep .1
done
for image in /import/*; do
  ctr --address /run/import/socket --namespace k8s.io images import --all-platforms --no-unpack --digests "$image" >/dev/null || { tail /run/import/log >&2; exit 1; }
done
kill $engine; wait $engine || true
rm -r /run/import
`;

async function importImages(root: string, archives: readonly string[]): Promise<void> {
  const folder = join(root, 'import');
  mkdirSync(folder);
  archives.forEach((archive, index) => copyFileSync(archive, join(folder, `${index}.tar`)));
  const enter = 'mount --rbind /dev "$0/dev" && exec chroot "$0" sh -c "$1"';
  const command = [
    'setpriv',
    '--pdeathsig=KILL',
    '--',
    'unshare',
    '--mount',
    '--propagation=private',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    'sh',
    '-c',
    enter,
    root,
    inRoot,
  ] as const;
  await mustRun(command, { timeoutMs: 180_000 });
  rmSync(folder, { recursive: true });
}
