import { join, resolve } from 'node:path';
import { type AuthoritativeDns, formatListenAddress } from '@seamark/authoritative-dns';
import { formatRecordData } from '@seamark/authoritative-dns/wire';
import type { Cluster } from '@seamark/common/cluster';
import type { Component } from '@seamark/common/controller';
import type { Config } from '@seamark/common/config';
import pc from 'picocolors';
import { clusterComponent, connectCluster } from '../compose/cluster.ts';
import { composeAuthoritativeDns, composeDnsSync, composeLbController } from '../compose/components.ts';
import { composeHttp } from '../compose/http.ts';
import { createRuntime } from '../compose/runtime.ts';
import { defaultManifests, openManifests } from '../compose/manifests.ts';
import { openStore, storeComponent } from '../compose/store.ts';
import { printChanges } from '../output/change-lines.ts';
import { showLiveTable } from '../output/live-table.ts';
import { composeWriters } from '../compose/writers.ts';
import { runProcess } from '../run-process.ts';

/** Options of {@link up} beyond the configuration. */
export interface UpOptions {
  /** `table`: the live table on a terminal, lines elsewhere. `json`: one JSON object per change. */
  readonly output: 'table' | 'json';
  /** Notices of flags that were given without need. */
  readonly notices: readonly string[];
}

/** `seamark up`: every component in one process, over a folder of manifests or a Kubernetes cluster. */
export async function up(config: Config, options: UpOptions): Promise<void> {
  const terminal = options.output === 'table' && process.stdout.isTTY;
  const logFile = terminal && process.stderr.isTTY ? join(config.process.dataDir, 'seamark.log') : undefined;
  const runtime = createRuntime(config, 'up', logFile);
  for (const notice of options.notices) runtime.logger.info(notice);
  const store = await openStore(runtime, resolve(config.process.dataDir));
  let cluster: Cluster;
  let extra: readonly Component[] = [];
  let reads: string;
  if (config.cluster.kubeconfig !== undefined || (config.cluster.manifests === undefined && isPod())) {
    cluster = await connectCluster(runtime);
    reads = `cluster of ${config.cluster.kubeconfig ?? 'this pod'}`;
  } else {
    const folder = config.cluster.manifests ?? defaultManifests();
    ({ cluster, extra } = await openManifests(runtime, folder));
    reads = folder === '-' ? 'manifests from standard input' : `manifests in ${folder}`;
  }
  const writers = composeWriters(runtime, cluster, 'seamark');
  const lbController = await composeLbController(runtime, cluster, writers);
  const dnsSync = await composeDnsSync(runtime, cluster, store, { servesDns: true, writers });
  const dns = await composeAuthoritativeDns(runtime, store);
  const http = composeHttp(runtime);
  let display: Disposable | undefined;
  const onRunning = (): void => {
    const listening = dns.addresses().udp.map(formatListenAddress);
    const where = `DNS on ${listening.join(', ')} (UDP and TCP)`;
    runtime.logger.info(`running: ${reads}, records in ${store.description}, ${where}`);
    if (terminal) {
      const header = [
        `${pc.bold('seamark')}  ${reads}  ·  records in ${store.description}  ·  ${where}`,
        pc.dim(`try: ${digLine(listening[0])} NAME${logFile === undefined ? '' : `  ·  log in ${logFile}`}`),
      ];
      display = showLiveTable({
        reasons: runtime.reasons,
        answer: (name, type) => answerTexts(dns, name, type),
        header,
        output: process.stdout,
      });
    } else {
      if (options.output === 'table') process.stdout.write(`seamark is up: ${reads}; ${where}; try: ${digLine(listening[0])} NAME\n`);
      display = printChanges(runtime.reasons, options.output === 'json' ? 'json' : 'text', (text) => void process.stdout.write(text));
    }
  };
  const components = [storeComponent(store), clusterComponent(cluster), ...extra, lbController, dnsSync, dns, ...http];
  try {
    await runProcess(runtime, withOrder(components), { onRunning });
  } finally {
    display?.[Symbol.dispose]();
  }
}

/** Everything depends on the store; whatever reads or writes objects also on the cluster. Sockets are opened at once. */
function withOrder(components: readonly Component[]): Component[] {
  const first = new Set(['store', 'data-folder']);
  const early = new Set(['authoritative-dns', 'http-endpoints', 'cluster']);
  const opened = components.map((component) => component.name).filter((name) => first.has(name));
  return components.map((component) => ({
    name: component.name,
    dependsOn: first.has(component.name) ? [] : early.has(component.name) ? opened : [...opened, 'cluster'],
    start: (signal) => component.start(signal),
    stop: () => component.stop(),
  }));
}

function answerTexts(dns: AuthoritativeDns, name: string, type: string): readonly string[] {
  return dns.resolve(name, type).answers.map((record) => formatRecordData(record.data));
}

/** A pod with a ServiceAccount is served by its cluster, not by example files. */
function isPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
}

function digLine(listening: string | undefined): string {
  const colon = listening?.lastIndexOf(':') ?? -1;
  if (listening === undefined || colon < 0) return 'dig';
  return `dig @${listening
    .slice(0, colon)
    .replace(/^\[|\]$/g, '')
    .replace(/^::$/, '127.0.0.1')} -p ${listening.slice(colon + 1)}`;
}
