import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import type { KubernetesObject } from '@seamark/common/model';
import { builtToolFolder, type Requirement, temporaryFolder } from '@seamark/testkit';
import { loadAll } from 'js-yaml';

/** The chart's folder. */
export const chart = resolve(import.meta.dirname, '..');

/** Namespace that {@link render} renders for. */
export const releaseNamespace = 'seamark-system';

const program = (): string => join(builtToolFolder('helm'), 'helm');

/** Requires the helm that `npm run setup` builds. */
export function helmRequirement(): Requirement {
  try {
    accessSync(program(), constants.X_OK);
    return { name: 'helm' };
  } catch {
    return { name: 'helm', missing: 'helm is not built (npm run setup with Go on PATH)' };
  }
}

/** What a helm command printed. */
export interface HelmResult {
  readonly ok: boolean;
  readonly output: string;
  readonly errors: string;
}

/** Runs helm with folders of its own, so that nothing of the person who runs the tests is read or written. */
export function helm(...args: readonly string[]): HelmResult {
  using home = temporaryFolder('helm');
  const { status, stdout, stderr } = spawnSync(program(), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { HELM_CACHE_HOME: home.path, HELM_CONFIG_HOME: home.path, HELM_DATA_HOME: home.path, HOME: home.path, PATH: '' },
  });
  return { ok: status === 0, output: stdout, errors: stderr };
}

/** A rendered object, as far as the tests look into it. */
export type Rendered = KubernetesObject & { readonly [member: string]: unknown };

/** Renders the chart as `helm template seamark` does; throws helm's message. */
export function renderText(...args: readonly string[]): string {
  const { ok, output, errors } = helm('template', 'seamark', chart, '--namespace', releaseNamespace, ...args);
  if (!ok) throw new Error(errors);
  return output;
}

/** The objects of {@link renderText}. */
export function render(...args: readonly string[]): readonly Rendered[] {
  return loadAll(renderText(...args)).filter((object): object is Rendered => object !== null && object !== undefined);
}

/** `-f` with a file of `charts/seamark/ci`. */
export function valuesFile(name: string): readonly [string, string] {
  return ['-f', join(chart, 'ci', `${name}-values.yaml`)];
}

/** Names for {@link valuesFile} of the installs of the guides. */
export const guides = ['a-bare-metal', 'a-corefile', 'b-gitops', 'c-cookbook', 'd-public', 'd-internal', 'e-on-premises', 'e-corefile'].map(
  (name) => `guides/${name}`,
);
