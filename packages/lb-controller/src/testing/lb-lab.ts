import { type Cluster, ipAddressPoolKind, type Kind, serviceKind } from '@seamark/common/cluster';
import { createManifestsCluster } from '@seamark/common/cluster/manifests';
import type { LeaderElection } from '@seamark/common/controller';
import type { Condition, IPAddressPool, KubernetesObject, Service } from '@seamark/common/model';
import { Registry } from '@seamark/common/observability';
import { createReasonStream, type Decision, type ReasonStream } from '@seamark/common/reasons';
import { temporaryFolder } from '@seamark/testkit';
import { createLbController, type LbController, type LbControllerOptions } from '../lb-controller.ts';
import { addressCondition } from '../services/served-service.ts';
import { allocatedFromPool } from '../services/service-annotations.ts';

/** What a Service shows to the world. */
export interface ShownService {
  readonly ips: readonly string[];
  readonly pool: string | undefined;
  readonly condition: Condition | undefined;
}

/** An lb-controller at work on a cluster, with what tests do to it. */
export class LbLab implements AsyncDisposable {
  readonly cluster: Cluster;
  reasons: ReasonStream = createReasonStream();
  metrics = new Registry();
  readonly #options: Partial<LbControllerOptions>;
  readonly #resources: AsyncDisposableStack;
  #controller: LbController | undefined;

  constructor(cluster: Cluster, options: Partial<LbControllerOptions>, resources: AsyncDisposableStack) {
    this.cluster = cluster;
    this.#options = options;
    this.#resources = resources;
  }

  get controller(): LbController {
    if (this.#controller === undefined) throw new Error('the controller has not been started');
    return this.#controller;
  }

  /** Starts a controller that knows nothing, after stopping the one that runs. */
  async startController(options: { readonly leaderElection?: LeaderElection } = {}): Promise<void> {
    await this.#controller?.stop();
    this.reasons = createReasonStream();
    this.metrics = new Registry();
    this.#controller = createLbController({
      ...this.#options,
      ...options,
      cluster: this.cluster,
      reasons: this.reasons,
      metrics: this.metrics,
    });
    await this.#controller.start(new AbortController().signal);
    await this.settle();
  }

  async stopController(): Promise<void> {
    await this.#controller?.stop();
    this.#controller = undefined;
  }

  async settle(): Promise<void> {
    await this.#controller?.idle();
  }

  /** Creates or replaces, as `kubectl apply` would: status and our annotation stay. */
  async apply(...objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      const kind = kindOf(object);
      const present = await this.cluster.get(kind, object.metadata);
      if (present === undefined) {
        await this.cluster.create(kind, object);
        continue;
      }
      const pool = present.metadata.annotations?.[allocatedFromPool];
      const annotations = { ...object.metadata.annotations, ...(pool === undefined ? {} : { [allocatedFromPool]: pool }) };
      await this.cluster.replace(kind, { ...present, ...object, metadata: { ...present.metadata, ...object.metadata, annotations } });
    }
    await this.settle();
  }

  async delete(kind: string, namespace: string, name: string): Promise<void> {
    await this.cluster.delete(kind === 'Service' ? serviceKind : ipAddressPoolKind, { namespace, name });
    await this.settle();
  }

  /** Writes a status as it was left by an earlier time. */
  async preset(name: string, status: NonNullable<Service['status']>, annotations: Record<string, string> = {}): Promise<void> {
    await this.cluster.patchStatus(serviceKind, { namespace: 'default', name }, { status: { ...status }, annotations });
  }

  async service(key: string): Promise<ShownService> {
    const [namespace, name] = key.split('/') as [string, string];
    const service = await this.cluster.get(serviceKind, { namespace, name });
    return {
      ips: service?.status?.loadBalancer?.ingress?.map((entry) => entry.ip ?? entry.hostname ?? '') ?? [],
      pool: service?.metadata.annotations?.[allocatedFromPool],
      condition: service?.status?.conditions?.find((condition) => condition.type === addressCondition),
    };
  }

  /** The addresses of Services of namespace default, by name: `{ web: '10.0.0.1' }`. */
  async addresses(...names: readonly string[]): Promise<Record<string, string>> {
    const shown = await Promise.all(names.map(async (name) => [name, (await this.service(`default/${name}`)).ips.join(' ')] as const));
    return Object.fromEntries(shown);
  }

  /** What holds about an object of the default namespace, or a pool, by topic. */
  decisions(kind: 'Service' | 'IPAddressPool', name: string): Record<string, Decision> {
    const namespace = kind === 'Service' ? 'default' : 'metallb-system';
    return Object.fromEntries(this.reasons.of({ kind, namespace, name }).map((decision) => [decision.topic, decision]));
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    const metric = await this.metrics.getSingleMetric(name)?.get();
    return metric?.values.find((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label as never] === wanted))
      ?.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopController();
    await this.#resources.disposeAsync();
  }
}

/** A lab over an empty folder of manifests, which has the same clock; the controller is not started. */
export async function createLbLab(options: Partial<LbControllerOptions> = {}): Promise<LbLab> {
  const resources = new AsyncDisposableStack();
  const folder = resources.use(temporaryFolder('lb-controller'));
  const cluster = createManifestsCluster({
    paths: [folder.path],
    reasons: createReasonStream(),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const stop = new AbortController();
  resources.defer(() => stop.abort());
  await cluster.start(stop.signal);
  return new LbLab(cluster, options, resources);
}

/** A lab whose controller runs. */
export async function startLbLab(options: Partial<LbControllerOptions> = {}): Promise<LbLab> {
  const lab = await createLbLab(options);
  await lab.startController();
  return lab;
}

/** An IPAddressPool of metallb-system. */
export function poolObject(
  name: string,
  addresses: readonly string[],
  spec: Partial<NonNullable<IPAddressPool['spec']>> = {},
  creationTimestamp?: string,
): IPAddressPool {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system', ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
    spec: { addresses, ...spec },
  };
}

/** A LoadBalancer Service of namespace default; its clusterIPs come from the cluster. */
export function serviceObject(
  name: string,
  spec: Partial<Service['spec']> = {},
  annotations: Readonly<Record<string, string>> = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
  };
}

function kindOf(object: KubernetesObject): Kind {
  return object.kind === 'Service' ? serviceKind : ipAddressPoolKind;
}
