import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { builtToolFolder } from '@seamark/testkit';
import type { TestCluster } from '../../cluster/test-cluster.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The commands of README's section "On a cluster"; one that goes over several lines is one. */
export function readmeCommands(): readonly string[] {
  const section = /^## On a cluster\n([^]*?)^## /m.exec(readFileSync(resolve(root, 'README.md'), 'utf8'))?.[1] ?? '';
  return [...section.replaceAll(/\\\n\s*/g, '').matchAll(/^ {4}(\S.*)$/gm)].map((match) => match[1] ?? '');
}

/** Runs a line of shell in the checkout's root with the cluster's kubeconfig, kubectl and helm; rejects with what it said. */
export function runLine(cluster: TestCluster, line: string): Promise<void> {
  const folders = [builtToolFolder('kubernetes'), builtToolFolder('helm'), process.env['PATH'] ?? ''];
  const child = spawn('sh', ['-c', line], {
    cwd: root,
    env: { ...process.env, KUBECONFIG: cluster.kubeconfigFile, PATH: folders.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) done();
      else reject(new Error(`${line}\nexit code ${code}: ${output}`));
    });
  });
}
