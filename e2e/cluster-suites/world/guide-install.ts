import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { chartFolder, releaseNamespace } from './release.ts';

const examples = resolve(import.meta.dirname, '../../../examples');

/** A range of IPv4 addresses that a guide uses, by its first and its last. */
export type GuidePool = readonly [first: string, last: string];

/** Options of {@link installGuide}. */
export interface GuideOptions {
  /** The guide's addresses, which are put onto those that the cluster has for pools. */
  readonly pool: GuidePool;
  /** Default: `seamark-system`. */
  readonly namespace?: string;
  /** Further replacements in the text of the values: addresses of machines. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Namespaces that the guide makes itself. They go with the release. */
  readonly makes?: readonly string[];
}

/** An install of a guide; disposing of it uninstalls it and deletes its namespaces. */
export interface GuideInstall extends AsyncDisposable {
  readonly namespace: string;
  /** The guide's address as it is in this cluster. */
  address(guides: string): string;
}

/** `helm install` of `charts/seamark/ci/guides/NAME-values.yaml`, unchanged but for addresses. */
export async function installGuide(cluster: TestCluster, name: string, options: GuideOptions): Promise<GuideInstall> {
  const namespace = options.namespace ?? releaseNamespace;
  const { makes = [] } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(removing(cluster, namespace));
  for (const made of makes) await makeNamespace(cluster, made);
  stack.defer(async () => {
    if (makes.length > 0)
      await cluster.kubectl(['delete', 'namespace', ...makes, '--ignore-not-found', '--timeout=60s'], { timeoutMs: 70_000 });
  });
  const values = Object.entries(options.replace ?? {}).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    inThisCluster(cluster, readFileSync(join(chartFolder, 'ci/guides', `${name}-values.yaml`), 'utf8'), options.pool),
  );
  await cluster.helm(['install', 'seamark', chartFolder, '-n', namespace, '--create-namespace', '--wait', '--timeout', '180s', '-f', '-'], {
    input: values,
    timeoutMs: 200_000,
  });
  const installed = stack.move();
  return {
    namespace,
    address: (guides) => inThisCluster(cluster, guides, options.pool),
    [Symbol.asyncDispose]: () => installed.disposeAsync(),
  };
}

/** Removes the release `seamark` of a namespace, and the namespace with its volumes and Secrets, when it is disposed of. */
export function removing(cluster: TestCluster, namespace: string): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      await cluster.helm(['uninstall', 'seamark', '-n', namespace, '--ignore-not-found'], { timeoutMs: 70_000 });
      // Nobody asks any more: no pod needs its time to end.
      await cluster.kubectl(['-n', namespace, 'delete', 'pods', '--all', '--grace-period=0', '--force']);
      await cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s'], { timeoutMs: 70_000 });
    },
  };
}

/**
 * Applies a file of `examples/`, with the addresses of this cluster and the namespaces that it names. What would pull an image is left
 * out: the lab has no registry, and the Service of an ingress controller has its address without its pods.
 */
export async function applyExample(cluster: TestCluster, path: string, pool: GuidePool): Promise<void> {
  const documents = inThisCluster(cluster, readFileSync(join(examples, path), 'utf8'), pool)
    .split(/^---$/m)
    .filter((text) => !/^kind: (Deployment|DaemonSet)$/m.test(text));
  for (const [, namespace = ''] of documents.join('').matchAll(/^ {2}namespace: (\S+)$/gm)) await makeNamespace(cluster, namespace);
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: documents.join('\n---\n') });
}

/** Writes what an ingress controller writes: the addresses of its Service into the status of an Ingress. */
export async function publishIngress(cluster: TestCluster, namespace: string, name: string, addresses: readonly string[]): Promise<void> {
  const status = { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } };
  await cluster.kubectl([
    '-n',
    namespace,
    'patch',
    'ingress',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  ]);
}

/** Creates a namespace that may be there already. */
export async function makeNamespace(cluster: TestCluster, name: string): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  });
}

/** The guide's addresses onto the cluster's, in order; those outside the guide's pool stay. A whole network becomes the cluster's pool. */
function inThisCluster(cluster: TestCluster, text: string, [first, last]: GuidePool): string {
  const [ownFirst = '', ownLast = ''] = cluster.pools.ipv4.split('-');
  return text
    .replaceAll(/\b\d+\.\d+\.\d+\.0\/24\b/g, (network) =>
      numberOf(network.slice(0, -3)) === numberOf(first) ? cluster.pools.ipv4 : network,
    )
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, (address) => {
      const number = numberOf(address);
      if (number < numberOf(first) || number > numberOf(last)) return address;
      const own = numberOf(ownFirst) + number - numberOf(first);
      if (own > numberOf(ownLast)) throw new Error(`the cluster's pool ${cluster.pools.ipv4} is too small for ${address} of the guide`);
      return [24, 16, 8, 0].map((shift) => (own >>> shift) & 255).join('.');
    });
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
