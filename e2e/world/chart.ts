import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { builtToolFolder, type Requirement } from '@seamark/testkit';

/** Folder of the umbrella chart. */
export const chartFolder = resolve(import.meta.dirname, '../../charts/seamark');

const helm = (): string => join(builtToolFolder('helm'), 'helm');

/** Requires the helm that `npm run setup` builds. */
export function helmRequirement(): Requirement {
  return existsSync(helm()) ? { name: 'helm' } : { name: 'helm', missing: 'helm is not built (npm run setup with Go on PATH)' };
}

/** Renders one template of the chart as release `seamark` in namespace `seamark`, with values as an object. */
export function renderTemplate(template: string, values: object): string {
  const rendered = spawnSync(
    helm(),
    ['template', 'seamark', chartFolder, '--namespace', 'seamark', '--show-only', `templates/${template}`, '--values', '-'],
    { input: JSON.stringify(values), encoding: 'utf8' },
  );
  if (rendered.status !== 0) throw new Error(`helm template: ${rendered.stderr}`);
  return rendered.stdout;
}
