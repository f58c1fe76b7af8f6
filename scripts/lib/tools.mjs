import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './root.mjs';
import { must, progress } from './run.mjs';

/** Debian packages that the suites and benches use, and a program by which their presence is known. */
const debianPackages = [
  ['etcd-server', 'etcd'],
  ['etcd-client', 'etcdctl'],
  ['bind9-dnsutils', 'dig'],
  ['knot-dnsutils', 'kdig'],
  ['dnsperf', 'dnsperf'],
  ['openssl', 'openssl'],
  ['faketime', 'faketime'],
];

/** Programs built by Go from e2e/tools/NAME, where a module proxy is enough. `tests` are needed by the suites, the rest by benches. */
const goTools = [
  {
    name: 'kubernetes',
    packages: ['k8s.io/kubernetes/cmd/kube-apiserver'],
    programs: ['kube-apiserver'],
    tests: true,
    about: '3 min',
    version: 'v1.36.3',
  },
  { name: 'coredns', packages: ['github.com/coredns/coredns'], programs: ['coredns'], tests: true, about: '2 min' },
  { name: 'metallb', packages: ['go.universe.tf/metallb/controller'], programs: ['controller'], tests: false, about: '90 s' },
  { name: 'external-dns', packages: ['sigs.k8s.io/external-dns'], programs: ['external-dns'], tests: false, about: '4 min' },
];

/**
 * Installs what the suites need (`all`: the benches too), once; what is there is skipped. Returns the reasons for what could not be
 * had: without root or Go a suite is skipped by name, it never fails.
 */
export async function ensureTools({ all = false } = {}) {
  const reasons = [];
  const missing = debianPackages.filter(([, program]) => !onPath(program)).map(([name]) => name);
  if (missing.length > 0) {
    if (process.getuid?.() !== 0) reasons.push(`not root, so these packages are not installed: ${missing.join(' ')}`);
    else if (!onPath('apt-get')) reasons.push(`no apt-get, so these packages are not installed: ${missing.join(' ')}`);
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
  for (const tool of goTools.filter((candidate) => all || candidate.tests)) {
    const folder = toolFolder(tool.name);
    if (tool.programs.every((program) => existsSync(join(folder, program)))) continue;
    if (!onPath('go')) {
      reasons.push(`no Go, so ${tool.programs.join(', ')} is not built`);
      continue;
    }
    try {
      await build(tool, folder);
    } catch (error) {
      reasons.push(error.message);
    }
  }
  return reasons;
}

async function build(tool, folder) {
  progress(`building ${tool.programs.join(', ')} (once, about ${tool.about} on two cores)`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await must(
      `building ${tool.name}`,
      'go',
      ['build', '-trimpath', `-ldflags=-s -w${stamp(tool.version)}`, '-o', `${partial}/`, ...tool.packages],
      {
        cwd: join(root, 'e2e/tools', tool.name),
        env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
        stdio: ['ignore', 2, 2],
      },
    );
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Without a version stamp the Kubernetes programs call themselves v0.0.0-master. */
function stamp(version) {
  if (version === undefined) return '';
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

function onPath(program) {
  return spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${program}`], { stdio: 'ignore' }).status === 0;
}
