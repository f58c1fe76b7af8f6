import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '@seamark/common/cluster';
import { messageOf, SeamarkError } from '@seamark/common/errors';
import { loadAll } from 'js-yaml';
import { type Crd, crdKind } from './crd.ts';
import { decideCrd } from './decide-crd.ts';

/** Options of {@link installCrds}. */
export interface InstallCrdsOptions {
  readonly cluster: Cluster;
  /** The definitions to install, of {@link readCrds}. */
  readonly crds: readonly Crd[];
  /** How long to wait until the API server serves them, in ms. */
  readonly timeoutMs: number;
  /** Told one line for each definition. */
  readonly report: (line: string) => void;
}

/**
 * Installs or upgrades the definitions by server-side apply and resolves when they are served. All are looked at; then SM_CRD_UNUSABLE is
 * thrown if one could not be brought to what Seamark needs. SM_CRD_NOT_ESTABLISHED when one is not served in time.
 */
export async function installCrds({ cluster, crds, timeoutMs, report }: InstallCrdsOptions): Promise<void> {
  const refused: string[] = [];
  const awaited: string[] = [];
  for (const crd of crds) {
    const { name } = crd.metadata;
    const installed = await cluster.get(crdKind, { name });
    const { action, why } = decideCrd(crd, installed);
    if (action === 'apply') await cluster.apply(crdKind, crd, { fieldManager: 'seamark-install' });
    report(`CRD ${name}: ${why}`);
    if (action === 'refuse') refused.push(`${name}: ${why}`);
    else awaited.push(name);
  }
  const deadline = performance.now() + timeoutMs;
  for (const name of awaited) await established(cluster, name, deadline);
  if (refused.length > 0) throw new SeamarkError('SM_CRD_UNUSABLE', refused.join('\n'));
}

async function established(cluster: Cluster, name: string, deadline: number): Promise<void> {
  for (;;) {
    const conditions = (await cluster.get(crdKind, { name }))?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (performance.now() >= deadline) {
      const said =
        conditions.find(({ status, message }) => status === 'False' && message !== undefined)?.message ?? 'no condition says why';
      throw new SeamarkError('SM_CRD_NOT_ESTABLISHED', `CRD ${name} is not served: ${said}`);
    }
    await delay(100);
  }
}

/** The definitions of a folder of YAML files, by name. Throws SM_CONFIG_UNREADABLE when there is none or a file is something else. */
export function readCrds(folder: string): readonly Crd[] {
  try {
    const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
    const crds = files.toSorted().flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Crd[]);
    if (crds.length === 0) throw new Error('no YAML file is in it');
    for (const crd of crds) if (crd.kind !== crdKind.kind) throw new Error(`${crd.kind} ${crd.metadata.name} is no ${crdKind.kind}`);
    return crds;
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_UNREADABLE', `folder of CRDs ${folder}: ${messageOf(cause)}`, { cause });
  }
}

/** Where the definitions are: beside the program in the image, in the chart of a checkout. */
export function defaultCrdFolder(): string {
  const candidates = [resolve(import.meta.dirname, '../crds'), resolve(import.meta.dirname, '../../../../charts/seamark/crds')];
  const holdsYaml = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.yaml'));
  const found = candidates.find(holdsYaml);
  if (found === undefined)
    throw new SeamarkError('SM_CONFIG_UNREADABLE', 'no folder of CRDs is beside this program; give one with --from DIR');
  return found;
}
