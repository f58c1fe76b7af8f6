import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiServerRequirement, etcdRequirement, type Requirement, startApiServer, startEtcd } from '@seamark/testkit';

const crdFolder = resolve(import.meta.dirname, '../charts/seamark/crds');

/** Starts etcd and an API server with Seamark's CRDs, prints how to use them, and removes everything when the signal aborts. */
async function playground(stop: AbortSignal): Promise<void> {
  const missing = [etcdRequirement(), apiServerRequirement()].flatMap((requirement: Requirement) => requirement.missing ?? []);
  if (missing.length > 0) throw new Error(missing.join('; '));
  await using parts = new AsyncDisposableStack();
  // The records get an etcd of their own: the API server's belongs to it alone.
  const etcd = parts.use(await startEtcd());
  if (stop.aborted) return;
  const crds = readdirSync(crdFolder).map((file) => join(crdFolder, file));
  const apiServer = parts.use(await startApiServer({ crds }));
  if (stop.aborted) return;
  process.stdout.write(`Kubernetes API server  ${apiServer.url}
kubeconfig             ${apiServer.kubeconfigPath}
etcd for records       ${etcd.endpoint}

  npm run seamark -- up --kubeconfig ${apiServer.kubeconfigPath} --etcd ${etcd.endpoint}
  kubectl --kubeconfig ${apiServer.kubeconfigPath} create namespace metallb-system

It stores, validates and watches; no controller and no node runs. Ctrl-C ends it and removes everything.
`);
  await new Promise<void>((ended) => stop.addEventListener('abort', () => ended(), { once: true }));
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
try {
  await playground(stop.signal);
} catch (error) {
  // Ctrl-C reaches the servers as well: one that was just starting ends before it serves.
  if (!stop.signal.aborted) {
    process.stderr.write(`playground: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
