import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder, eventually, temporaryFolder } from '@seamark/testkit';
import type { ClusterCapability, TestCluster } from '../cluster/test-cluster.ts';
import { ApiForwarder } from '../lab/api-forwarder.ts';
import { mustRun, type RunOptions } from '../lab/run-program.ts';
import { type DockerEngine, existingEngine, startOwnEngine } from './docker-engine.ts';
import { requireInotifyInstances } from './inotify-instances.ts';
import { kindFaults } from './kind-faults.ts';
import { createKindNetwork, kindClient, type KindNetwork, routePools } from './kind-network.ts';
import { writeKindSettings } from './kind-settings.ts';
import { ensureNodeImage } from './node-image.ts';
import { connectPods, type NodeAddresses, nodeAddresses } from './node-network.ts';
import { makeVolumes } from './node-volumes.ts';

/** Options of {@link openKindCluster}. */
export interface KindOptions {
  /** Worker nodes; a control plane node comes besides. Default: 2. */
  readonly nodes?: number;
  /** Default: true. */
  readonly dualStack?: boolean;
  /** A kindest/node image (`kindest/node:v1.37.0@sha256:…`), which the person's own docker pulls. Default: made by hand, in an engine of our own. */
  readonly nodeImage?: string;
}

/** What {@link kindFaults} needs of a running cluster. */
export interface KindParts {
  readonly engine: DockerEngine;
  readonly name: string;
  readonly network: KindNetwork;
  readonly kubectl: TestCluster['kubectl'];
  /** Brings routes in line with the nodes that run, after one came or went. */
  reconnect(): Promise<void>;
}

const apiPort = 6443;

/** Starts a kind cluster; resolves when its nodes and system pods are ready. Everything of it ends with it, or with this process. */
export async function openKindCluster(options: KindOptions = {}): Promise<TestCluster> {
  requireInotifyInstances((options.nodes ?? 2) + 1);
  await using starting = new AsyncDisposableStack();
  const byHand = options.nodeImage === undefined;
  const engine = starting.use(byHand ? await startOwnEngine() : existingEngine());
  const image = options.nodeImage ?? (await ensureNodeImage(engine));
  const folder = starting.use(temporaryFolder('kind')).path;
  const name = `seamark-${randomBytes(3).toString('hex')}`;
  const workers = options.nodes ?? 2;
  const dualStack = options.dualStack ?? true;
  const kubeconfigFile = join(folder, 'kubeconfig');
  const settings = writeKindSettings({ name, workers, dualStack, defaultCni: !byHand }, folder);

  const network = await createKindNetwork(engine, name, dualStack);
  starting.defer(async () => void (await engine.docker(['network', 'rm', name])));
  const kind = join(builtToolFolder('kind'), 'kind');
  const env = { ...engine.env, KIND_EXPERIMENTAL_DOCKER_NETWORK: name };
  starting.defer(
    async () => void (await mustRun([kind, 'delete', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfigFile}`], { env })),
  );
  await mustRun([kind, 'create', 'cluster', `--config=${settings}`, `--image=${image}`, `--kubeconfig=${kubeconfigFile}`, '--retain'], {
    env,
    timeoutMs: 300_000,
  });

  const controlPlane = `${name}-control-plane`;
  if (engine.holder !== undefined) {
    const format = `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`;
    const address = (await engine.docker(['inspect', '--format', format, controlPlane])).trim();
    const forwarder = await ApiForwarder.start(engine.holder, address, apiPort, join(folder, 'forwarder.log'));
    starting.defer(() => forwarder.end('SIGKILL'));
    const text = readFileSync(kubeconfigFile, 'utf8').replace(/server: \S+/, `server: https://127.0.0.1:${forwarder.port}`);
    writeFileSync(kubeconfigFile, text);
  }
  const withKubeconfig = (options: RunOptions = {}): RunOptions => ({
    timeoutMs: 120_000,
    ...options,
    env: { KUBECONFIG: kubeconfigFile },
  });
  const kubectl: TestCluster['kubectl'] = (args, more) =>
    mustRun([join(builtToolFolder('kubernetes'), 'kubectl'), ...args], withKubeconfig(more));
  const helm: TestCluster['helm'] = (args, more) => mustRun([join(builtToolFolder('helm'), 'helm'), ...args], withKubeconfig(more));

  const nodesNow = async (): Promise<readonly NodeAddresses[]> => nodeAddresses(await kubectl(['get', 'nodes', '-o', 'json']));
  const running = async (): Promise<readonly string[]> =>
    (await engine.docker(['ps', '--filter', `label=io.x-k8s.kind.cluster=${name}`, '--format', '{{.Names}}']))
      .split('\n')
      .filter((each) => each !== '');
  const all = workers + 1;
  const nodes = await eventually(
    async () => {
      const found = await nodesNow();
      if (found.length !== all || found.some(({ podRanges }) => podRanges.length === 0)) throw new Error('nodes without pod ranges');
      return found;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
  const workerNames = nodes.map((node) => node.name).filter((each) => each !== controlPlane);
  const reconnect = async (): Promise<void> => {
    const [up, known] = [await running(), await nodesNow()];
    if (byHand) await connectPods(engine, known, up);
    await routePools(
      engine,
      network,
      known.filter((node) => workerNames.includes(node.name) && up.includes(node.name)).map(({ addresses }) => addresses),
    );
  };
  await reconnect();
  if (byHand) await makeVolumes(engine, kubectl, workerNames);
  await kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=90s'], { timeoutMs: 100_000 });
  await kubectl(['--namespace=kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=90s'], { timeoutMs: 100_000 });
  await kubectl(['--namespace=kube-system', 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=90s'], { timeoutMs: 100_000 });

  const capabilities: ClusterCapability[] = [
    'load-image',
    'client-host',
    'faults',
    'control-plane',
    ...(dualStack ? (['dual-stack'] as const) : []),
  ];
  const faults = kindFaults({ engine, name, network, kubectl, reconnect });
  const owned = starting.move();
  return {
    on: 'kind',
    kubeconfigFile,
    nodes: workerNames,
    pools: network.pools,
    capabilities: new Set(capabilities),
    kubectl,
    helm,
    async loadImage(archive) {
      // What `kind load image-archive` runs, without its look at what is there.
      const command = ['ctr', '--namespace=k8s.io', 'images', 'import', '--all-platforms', '--digests', '--snapshotter=overlayfs', '-'];
      await Promise.all(
        nodes.map((node) => engine.docker(['exec', '--interactive', node.name, ...command], { inputFile: archive, timeoutMs: 120_000 })),
      );
    },
    client: kindClient(engine, network),
    faults,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
