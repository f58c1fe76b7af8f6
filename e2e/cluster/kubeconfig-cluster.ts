import { existsSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { builtToolFolder, findProgram } from '@seamark/testkit';
import { mustRun, runProgram, type RunOptions } from '../lab/run-program.ts';
import type { ClusterCapability, LanHost, TestCluster } from './test-cluster.ts';

/** Options of {@link connectKubeconfigCluster}. */
export interface KubeconfigOptions {
  /** Default: ~/.kube/config. Its current context is the cluster. */
  readonly kubeconfigFile?: string;
  /** Free addresses that this machine reaches, `first-last`; without them suites get no client host. */
  readonly pools?: TestCluster['pools'];
  /** Told, one sentence each, what the cluster cannot do and why. Default: standard error. */
  readonly report?: (sentence: string) => void;
}

/** Pools of addresses for documentation: allocated and never reached. */
const unreachablePools: TestCluster['pools'] = { ipv4: '192.0.2.1-192.0.2.250', ipv6: '2001:db8::1-2001:db8::ff' };

/** How programs that run clusters on one machine take an image, by the context's name that each gives to its clusters. */
const imageLoaders: readonly {
  readonly context: RegExp;
  readonly command: (archive: string, name: string) => readonly [string, ...string[]];
}[] = [
  { context: /^kind-(.+)$/, command: (archive, name) => ['kind', 'load', 'image-archive', archive, `--name=${name}`] },
  { context: /^k3d-(.+)$/, command: (archive, name) => ['k3d', 'image', 'import', archive, `--cluster=${name}`] },
  { context: /^(minikube.*)$/, command: (archive, name) => ['minikube', 'image', 'load', archive, `--profile=${name}`] },
];

/**
 * Connects to a cluster that the person has and finds out what it can do. It is left as it is by disposing: what suites made in it
 * they remove themselves. Rejects when it does not answer.
 */
export async function connectKubeconfigCluster(options: KubeconfigOptions = {}): Promise<TestCluster> {
  const report = options.report ?? ((sentence: string) => void process.stderr.write(`kubeconfig: ${sentence}\n`));
  const kubeconfigFile = options.kubeconfigFile ?? join(homedir(), '.kube/config');
  if (!existsSync(kubeconfigFile)) throw new Error(`there is no kubeconfig ${kubeconfigFile}: name one by --kubeconfig FILE`);
  const run = (program: string, tool: string): TestCluster['kubectl'] => {
    const built = join(builtToolFolder(tool), program);
    const command = existsSync(built) ? built : program;
    return (args, more) =>
      mustRun([command, ...args], { timeoutMs: 120_000, ...more, env: { KUBECONFIG: kubeconfigFile } } satisfies RunOptions);
  };
  const kubectl = run('kubectl', 'kubernetes');
  const capabilities = new Set<ClusterCapability>();

  const names = (await kubectl(['get', 'nodes', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}'], { timeoutMs: 20_000 }))
    .split('\n')
    .filter((name) => name !== '');
  const context = (await kubectl(['config', 'current-context'])).trim();

  const loader = imageLoaders.find((each) => each.context.test(context));
  const program = loader?.command('', '')[0];
  if (loader === undefined)
    report(`images cannot be loaded: the context ${context} is of none of kind, k3d and minikube; they must be in a registry`);
  else if (program !== undefined && findProgram(program) === undefined) report(`images cannot be loaded: ${program} is not on PATH`);
  else capabilities.add('load-image');

  if (await hasDualStack(kubectl)) capabilities.add('dual-stack');
  else report('Services have addresses of one family only');

  let client: LanHost | undefined;
  if (options.pools === undefined)
    report('there is no client host: free addresses that this machine reaches were not given (--pool FIRST-LAST)');
  else {
    client = thisMachine();
    capabilities.add('client-host');
  }
  report('nodes and the API server are left alone: faults are for the lab and kind');

  return {
    on: 'kubeconfig',
    kubeconfigFile,
    nodes: names,
    pools: options.pools ?? unreachablePools,
    capabilities,
    kubectl,
    helm: run('helm', 'helm'),
    async loadImage(archive) {
      if (loader === undefined || !capabilities.has('load-image')) throw new Error(`images cannot be loaded into ${context}`);
      await mustRun(loader.command(archive, loader.context.exec(context)?.[1] ?? ''), { timeoutMs: 300_000 });
    },
    ...(client === undefined ? {} : { client }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Asks the API server to allocate for a Service of both families, without keeping it. */
async function hasDualStack(kubectl: TestCluster['kubectl']): Promise<boolean> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'seamark-dual-stack-probe', namespace: 'default' },
    spec: { ipFamilyPolicy: 'RequireDualStack', ports: [{ port: 80 }] },
  };
  return kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(service) }).then(
    () => true,
    () => false,
  );
}

function thisMachine(): LanHost {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const of = (family: 'IPv4' | 'IPv6'): string | undefined =>
    addresses.find((each) => each.family === family && !each.internal && !each.address.startsWith('fe80:'))?.address;
  const ipv6 = of('IPv6');
  return {
    name: hostname(),
    ipv4: of('IPv4') ?? '127.0.0.1',
    ...(ipv6 === undefined ? {} : { ipv6 }),
    run: (command, args, options) => runProgram([command, ...args], options),
    commandLine: (command, args) => [command, ...args],
  };
}
