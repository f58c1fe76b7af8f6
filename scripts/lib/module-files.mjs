import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './root.mjs';
import { progress } from './run.mjs';

/** CRDs by Go module of e2e/tools/gitops-crds: their files in it, and the names that they get. */
const crds = {
  'github.com/argoproj/argo-cd/v3': {
    'manifests/crds/application-crd.yaml': 'argoproj.io_applications.yaml',
    'manifests/crds/applicationset-crd.yaml': 'argoproj.io_applicationsets.yaml',
    'manifests/crds/appproject-crd.yaml': 'argoproj.io_appprojects.yaml',
  },
  'github.com/fluxcd/helm-controller': {
    'config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml': 'helm.toolkit.fluxcd.io_helmreleases.yaml',
  },
  'github.com/fluxcd/source-controller': {
    'config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml': 'source.toolkit.fluxcd.io_ocirepositories.yaml',
  },
};

/**
 * Takes the CRDs of Argo CD and Flux out of their modules into `folder`, once; about 60 MB go over the wire. The modules are kept in a
 * cache of their own that is removed again, since nothing is built of them. Throws with Go's message.
 */
export function takeGitopsCrds(folder) {
  if (existsSync(folder)) return;
  progress('fetching the CRDs of Argo CD and Flux (once, about 60 MB)');
  const cache = mkdtempSync(join(tmpdir(), 'seamark-modules-'));
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    for (const [module, files] of Object.entries(crds)) {
      const at = downloadModule(module, cache);
      for (const [path, name] of Object.entries(files)) copyFileSync(join(at, path), join(partial, name));
    }
    renameSync(partial, folder);
  } finally {
    for (const path of [cache, partial]) rmSync(path, { recursive: true, force: true });
  }
}

/** Folder of the version that go.mod names, checked against go.sum. */
function downloadModule(module, cache) {
  const cwd = join(root, 'e2e/tools/gitops-crds');
  const env = { ...process.env, GOMODCACHE: cache, GOFLAGS: '-modcacherw' };
  const go = (...args) => spawnSync('go', args, { cwd, env, encoding: 'utf8' });
  const { Require } = JSON.parse(go('mod', 'edit', '-json').stdout);
  const { Version } = Require.find(({ Path }) => Path === module);
  const { stdout, stderr } = go('mod', 'download', '-json', `${module}@${Version}`);
  const { Dir, Error: problem } = JSON.parse(stdout === '' ? '{}' : stdout);
  if (Dir === undefined) throw new Error(`${module}@${Version}: ${problem ?? stderr}`);
  return Dir;
}
