import type { KubernetesObject, Service } from '../../model/index.ts';
import type { Cluster } from '../cluster.ts';
import type { Kind } from '../kind.ts';
import type { Change } from '../object-view.ts';

/** A cluster under test, and the hands of its user. */
export interface ContractDriver {
  /** Not started yet; the suite starts it. */
  readonly cluster: Cluster;
  /** Makes or changes objects as a user does (`kubectl apply`, saving a file). Resolves when the cluster has been told, not when views show it. */
  readonly put: (...objects: readonly KubernetesObject[]) => Promise<void>;
  /** Removes objects as a user does (`kubectl delete`, removing a file). */
  readonly remove: (...objects: readonly KubernetesObject[]) => Promise<void>;
  /** The Events that are recorded now, of all objects. */
  readonly events: () => Promise<
    readonly { readonly reason: string; readonly message: string; readonly name: string; readonly count: number }[]
  >;
  /** Called after the cluster was stopped. */
  readonly dispose: () => Promise<void>;
}

/** What one test of the contract works with. */
export interface ContractSetting extends ContractDriver {
  /** The test's own namespace. */
  readonly namespace: string;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
}

/** A driver, a namespace made by its user, and start and stop. */
export type SetUp = () => Promise<ContractSetting>;

/** A kind that no cluster has. */
export const absentKind: Kind = Object.freeze({
  group: 'absent.seamark.example',
  version: 'v1',
  kind: 'Nothing',
  plural: 'nothings',
  namespaced: true,
});

let namespaceCount = 0;

/** Makes the driver of one test; `onEnd` gets what undoes it. */
export async function setUpDriver(
  makeDriver: () => Promise<ContractDriver>,
  onEnd: (cleanup: () => Promise<void>) => void,
): Promise<ContractSetting> {
  const driver = await makeDriver();
  const controller = new AbortController();
  onEnd(async () => {
    controller.abort();
    await driver.dispose();
  });
  namespaceCount += 1;
  const namespace = `contract-${process.pid}-${Date.now().toString(36)}-${namespaceCount}`;
  await driver.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return { ...driver, namespace, stop: () => controller.abort(), start: () => driver.cluster.start(controller.signal) };
}

/** What tells one Service of the suite from another. */
interface ServiceDetails {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly port?: number;
}

/** A Service that an API server takes as it is; of type LoadBalancer, because only such a one may have addresses in its status. */
export function contractService(namespace: string, name: string, details: ServiceDetails = {}): Service {
  const { annotations, labels, port = 80 } = details;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }), ...(labels === undefined ? {} : { labels }) },
    spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ name: 'http', protocol: 'TCP', port }] },
  };
}

/** Names of objects, in alphabetical order. */
export function namesOf(objects: Iterable<KubernetesObject>): string[] {
  return [...objects].map((object) => object.metadata.name).sort();
}

/** `added initially NAME`, `updated NAME`, … */
export function describeChange(change: Change<KubernetesObject>): string {
  return `${change.type}${change.type === 'added' && change.initial ? ' initially' : ''} ${change.object.metadata.name}`;
}
