import { eventually } from '@seamark/testkit';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../../cluster/test-cluster.ts';

/** Where the release lives in every suite. */
export const releaseNamespace = 'seamark-system';
/** The chart of this checkout. */
export const chartFolder = resolve(import.meta.dirname, '../../../charts/seamark');

/** Helm values as an object. */
export type Values = Readonly<Record<string, unknown>>;

/** `helm install --wait` of the chart (or another one) as the release `seamark`; rejects with what helm said. Resolves with its notes. */
export function installRelease(cluster: TestCluster, values: Values, chart = chartFolder, release = 'seamark'): Promise<string> {
  return helmWithValues(cluster, ['install', release, chart, '--create-namespace'], values);
}

/** `helm upgrade --wait` of the release `seamark`. */
export function upgradeRelease(cluster: TestCluster, values: Values, chart = chartFolder): Promise<string> {
  return helmWithValues(cluster, ['upgrade', 'seamark', chart], values);
}

function helmWithValues(cluster: TestCluster, command: readonly string[], values: Values): Promise<string> {
  return cluster.helm([...command, '-n', releaseNamespace, '--wait', '--timeout', '180s', '-f', '-'], {
    input: JSON.stringify(values),
    timeoutMs: 200_000,
  });
}

/** A pod as a suite sees it. */
export interface SeenPod {
  readonly name: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly ip: string;
  readonly component: string;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: {
      readonly phase?: string;
      readonly podIP?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
  }[];
}

/** The release's pods, without those that are being deleted and those of Jobs that are done; `component` selects by `app.kubernetes.io/component`. */
export async function podsOf(cluster: TestCluster, component?: string): Promise<readonly SeenPod[]> {
  const selector = component === undefined ? [] : ['-l', `app.kubernetes.io/component=${component}`];
  const list = JSON.parse(await cluster.kubectl(['-n', releaseNamespace, 'get', 'pods', ...selector, '-o', 'json'])) as PodList;
  return list.items
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && !isFinished(status.phase))
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec.nodeName ?? '',
      ready: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
      restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
      ip: status.podIP ?? '',
      component: metadata.labels?.['app.kubernetes.io/component'] ?? '',
    }));
}

function isFinished(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The addresses of a LoadBalancer Service, once it has any. */
export async function addressesOf(cluster: TestCluster, namespace: string, name: string, timeoutMs = 30_000): Promise<readonly string[]> {
  return eventually(
    async () => {
      const text = await cluster.kubectl(['-n', namespace, 'get', 'service', name, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}']);
      const addresses = text.split(' ').filter((address) => address !== '');
      expect(addresses, `addresses of Service ${namespace}/${name}`).not.toEqual([]);
      return addresses;
    },
    { timeoutMs, everyMs: 100 },
  );
}

/** Every address that a Service holds, by `namespace/name`. */
export async function allAddresses(cluster: TestCluster): Promise<ReadonlyMap<string, string>> {
  const text = await cluster.kubectl([
    'get',
    'services',
    '-A',
    '-o',
    'jsonpath={range .items[?(@.spec.type=="LoadBalancer")]}{.metadata.namespace}/{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\\n"}{end}',
  ]);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [name = '', ...addresses] = line.split(' ');
        return [name, addresses.join(' ')];
      }),
  );
}

/** Creates or changes objects. */
export async function apply(cluster: TestCluster, ...objects: readonly object[]): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });
}
