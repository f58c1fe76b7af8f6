import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { takeGitopsCrds } from './module-files.mjs';
import { root } from './root.mjs';
import { must, progress } from './run.mjs';

/**
 * Debian packages, the program (or file) by which their presence is known, and what needs them. `tests` are all suites of `npm test`,
 * those on the lab included; `lab` and `playground` are those commands alone; the rest is for benches.
 */
const debianPackages = [
  ['etcd-server', 'etcd', ['tests', 'playground', 'lab']],
  ['etcd-client', 'etcdctl', ['tests', 'playground']],
  ['bind9-dnsutils', 'dig', ['tests', 'playground', 'lab']],
  ['knot-dnsutils', 'kdig', ['tests']],
  ['bind9-utils', 'named-checkzone', ['tests']],
  ['knot-dnssecutils', 'kzonecheck', ['tests']],
  ['ldnsutils', 'ldns-read-zone', ['tests']],
  ['bind9', 'named', ['tests']],
  ['knot', 'knotd', ['tests']],
  ['nsd', 'nsd', ['tests']],
  ['unbound', 'unbound', ['tests']],
  ['zonemaster-cli', 'zonemaster-cli', ['tests']],
  ['dnsviz', 'dnsviz', ['tests']],
  ['dnsperf', 'dnsperf', ['tests', 'lab']],
  ['openssl', 'openssl', ['tests', 'playground', 'lab']],
  ['prometheus', 'prometheus', ['tests']],
  ['faketime', 'faketime', ['tests']],
  ['containerd', 'containerd', ['tests', 'lab']],
  ['runc', 'runc', ['tests', 'lab']],
  ['containernetworking-plugins', '/usr/lib/cni/bridge', ['tests', 'lab']],
  ['iproute2', 'ip', ['tests', 'lab']],
  ['iptables', 'iptables', ['tests', 'lab']],
  ['nftables', 'nft', ['tests', 'lab']],
  ['conntrack', 'conntrack', ['tests', 'lab']],
  // kind: an engine of its own, and the root of its nodes. The package starts no service where policy-rc.d says so; else see e2e/kind.
  ['docker.io', 'dockerd', ['tests']],
  ['mmdebstrap', 'mmdebstrap', ['tests']],
];

/** Programs built by Go from e2e/tools/FOLDER, where a module proxy is enough; times are of two cores with nothing cached. */
const goTools = [
  {
    folder: 'helm',
    programs: { helm: { package: 'helm.sh/helm/v4/cmd/helm', for: ['tests', 'lab'], about: '90 s' } },
    stamp: ' -X helm.sh/helm/v4/internal/version.version=v4.3.1',
  },
  {
    folder: 'kubernetes',
    programs: {
      'kube-apiserver': { package: 'k8s.io/kubernetes/cmd/kube-apiserver', for: ['tests', 'playground', 'lab'], about: '3 min' },
      kubectl: { package: 'k8s.io/kubernetes/cmd/kubectl', for: ['tests', 'lab'], about: '1 min' },
      'kube-controller-manager': { package: 'k8s.io/kubernetes/cmd/kube-controller-manager', for: ['tests', 'lab'], about: '1 min' },
      'kube-scheduler': { package: 'k8s.io/kubernetes/cmd/kube-scheduler', for: ['tests', 'lab'], about: '10 s' },
      kubelet: { package: 'k8s.io/kubernetes/cmd/kubelet', for: ['tests', 'lab'], about: '30 s' },
      'kube-proxy': { package: 'k8s.io/kubernetes/cmd/kube-proxy', for: ['tests', 'lab'], about: '10 s' },
      kubeadm: { package: 'k8s.io/kubernetes/cmd/kubeadm', for: ['tests'], about: '10 s' },
    },
    stamp: kubernetesStamp('v1.36.3'),
  },
  { folder: 'kind', programs: { kind: { package: 'sigs.k8s.io/kind', for: ['tests'], about: '10 s' } } },
  {
    folder: 'etcd',
    programs: {
      etcd: { package: 'go.etcd.io/etcd/server/v3', for: ['tests', 'lab'], about: '1 min' },
      etcdctl: { package: 'go.etcd.io/etcd/etcdctl/v3', for: ['tests', 'lab'], about: '20 s' },
      etcdutl: { package: 'go.etcd.io/etcd/etcdutl/v3', for: ['tests', 'lab'], about: '10 s' },
    },
  },
  { folder: 'coredns', programs: { coredns: { package: 'github.com/coredns/coredns', for: ['tests', 'lab'], about: '2 min' } } },
  {
    folder: 'metallb',
    programs: {
      controller: { package: 'go.universe.tf/metallb/controller', for: [], about: '90 s' },
      speaker: { package: 'go.universe.tf/metallb/speaker', for: [], about: '20 s' },
    },
  },
  { folder: 'external-dns', programs: { 'external-dns': { package: 'sigs.k8s.io/external-dns', for: [], about: '4 min' } } },
];

/**
 * Installs what `purpose` (`tests`, `lab`, `playground`) needs, or `all`; once, what is there is skipped. Returns the reasons for what
 * could not be had: without root or Go a suite is skipped by name, it never fails.
 */
export async function ensureTools({ all = false, purpose = 'tests' } = {}) {
  const needed = (purposes) => all || purposes.includes(purpose);
  const reasons = [];
  const missing = debianPackages.filter(([, program, purposes]) => needed(purposes) && !isThere(program)).map(([name]) => name);
  if (missing.length > 0) {
    if (process.getuid?.() !== 0) reasons.push(`not root, so these packages are not installed: ${missing.join(' ')}`);
    else if (!isThere('apt-get')) reasons.push(`no apt-get, so these packages are not installed: ${missing.join(' ')}`);
    else {
      progress(`installing ${missing.join(' ')}`);
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      const stdio = ['ignore', 'ignore', 2];
      try {
        await must('apt-get update', 'apt-get', ['update', '-q'], { env, stdio });
        await must('apt-get install', 'apt-get', ['install', '-qy', '--no-install-recommends', ...missing], { env, stdio });
      } catch (error) {
        reasons.push(error.message);
      }
    }
  }
  reasons.push(...(await ensureGoTools((details) => needed(details.for))));
  if (needed(['tests'])) {
    try {
      if (isThere('go')) takeGitopsCrds(toolFolder('gitops-crds'));
      else reasons.push('no Go, so the CRDs of Argo CD and Flux are not there');
    } catch (error) {
      reasons.push(error.message);
    }
  }
  return reasons;
}

/** Builds the programs of e2e/tools that `wanted(details, folder)` names and that are not built; returns like {@link ensureTools}. */
export async function ensureGoTools(wanted) {
  const reasons = [];
  for (const tool of goTools) {
    const folder = toolFolder(tool.folder);
    for (const [program, details] of Object.entries(tool.programs)) {
      if (!wanted(details, tool.folder) || existsSync(join(folder, program))) continue;
      if (!isThere('go')) {
        reasons.push(`no Go, so ${program} is not built`);
        continue;
      }
      try {
        await build(tool, program, details, folder);
      } catch (error) {
        reasons.push(error.message);
      }
    }
  }
  return reasons;
}

/** Each program arrives on its own, by a rename: an interrupted or a second setup never shows half a program. */
async function build(tool, program, details, folder) {
  progress(`building ${program} (once, about ${details.about} on two cores)`);
  mkdirSync(folder, { recursive: true });
  const partial = join(folder, `.${program}.${process.pid}`);
  try {
    await must(`building ${program}`, 'go', ['build', '-trimpath', `-ldflags=-s -w${tool.stamp ?? ''}`, '-o', partial, details.package], {
      cwd: join(root, 'e2e/tools', tool.folder),
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      stdio: ['ignore', 2, 2],
    });
    renameSync(partial, join(folder, program));
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Without a version stamp the Kubernetes programs call themselves v0.0.0-master, which charts with a kubeVersion refuse. */
function kubernetesStamp(version) {
  const [major, minor] = version.slice(1).split('.');
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .map(
      (name) =>
        ` -X ${name}.gitVersion=${version} -X ${name}.gitMajor=${major} -X ${name}.gitMinor=${minor} -X ${name}.gitTreeState=clean -X ${name}.buildDate=1970-01-01T00:00:00Z`,
    )
    .join('');
}

/** Keyed by go.mod and go.sum, outside the checkout; the test kit computes the same path. */
function toolFolder(name) {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(root, 'e2e/tools', name, file)));
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'seamark/tools', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

function isThere(program) {
  if (program.startsWith('/')) return existsSync(program);
  return spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${program}`], { stdio: 'ignore' }).status === 0;
}
