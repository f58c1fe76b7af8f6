import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../controller/component.ts';
import { createWorkQueue, type WorkQueue } from '../../controller/work-queue.ts';
import { isSeamarkError, messageOf } from '../../errors/index.ts';
import { formatObjectRef, type Ingress, type IngressClass, type LoadBalancerIngress } from '../../model/index.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import type { Logger } from '../../observability/logger.ts';
import { type Cluster } from '../cluster.ts';
import { formatObjectKey, type ObjectKey } from '../object-key.ts';
import { addressProblemAnnotation } from '../ingress-address-problem.ts';
import { daemonSetKind, deploymentKind, ingressClassKind, ingressKind, serviceKind } from '../kind.ts';
import { addressSourceOf, type IngressController, ingressControllerOf } from './ingress-controllers.ts';

/** Annotation by which an address of an Ingress is known as ours to take back. */
const publishedAnnotation = 'seamark.dev/address-published';

/** Options of {@link createIngressPublisher}. */
export interface IngressPublisherOptions {
  readonly cluster: Cluster;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
}

/** The stand-in for ingress controllers; see {@link createIngressPublisher}. */
export interface IngressPublisher extends Component {
  /** Resolves when every Ingress has what it is to have, as far as changes have arrived. At once before `start`. */
  idle(): Promise<void>;
}

/** What an Ingress is to have: addresses, or why it has none. */
type Wanted = { readonly addresses: readonly LoadBalancerIngress[] } | { readonly problem: string };

/**
 * Plays the part of ingress controllers where none runs, in a folder of manifests: gives each Ingress the addresses that its controller
 * would publish, by what the controller's Deployment or DaemonSet says (`--publish-service` and its kin), and follows every change.
 * Why an Ingress has no address is said in its annotation `seamark.dev/address-problem` (see ingressAddressProblem). A status that was
 * in the manifest itself stays while no controller in the manifests has another.
 *
 * It uses the Cluster interface alone; create it before the cluster starts, because it declares views.
 */
export function createIngressPublisher(options: IngressPublisherOptions): IngressPublisher {
  const { cluster } = options;
  const logger = options.logger ?? silentLogger;
  const containers = ['image', 'args', 'command'].map((member) => `spec.template.spec.containers.${member}`);
  const workloads = [cluster.view(deploymentKind, { fields: containers }), cluster.view(daemonSetKind, { fields: containers })];
  const classViews = cluster.view(ingressClassKind, { fields: ['metadata.annotations', 'spec.controller'] });
  const services = cluster.view(serviceKind, { fields: ['status.loadBalancer'] });
  const ingresses = cluster.view(ingressKind, { fields: ['metadata.annotations', 'spec.ingressClassName', 'status.loadBalancer'] });

  let controllers: readonly IngressController[] = [];
  let classes: ReadonlyMap<string, IngressClass> = new Map();
  const users = new Map<string, Set<string>>(); // Service key → keys of Ingresses that have its addresses
  const serviceOf = new Map<string, string>(); // Ingress key → Service key
  const subscriptions: Disposable[] = [];
  let ending: AbortController | undefined;
  let working: Promise<void> | undefined;
  let running: WorkQueue<string> | undefined;

  const readControllers = (): void => {
    controllers = workloads
      .flatMap((view) => [...view.list()])
      .flatMap((workload) => ingressControllerOf(workload) ?? [])
      .sort((a, b) => (a.workload < b.workload ? -1 : 1));
    classes = new Map([...classViews.list()].map((each) => [each.metadata.name, each]));
  };

  const use = (ingressKey: string, service: ObjectKey | undefined): void => {
    const before = serviceOf.get(ingressKey);
    const after = service === undefined ? undefined : formatObjectKey(service);
    if (before === after) return;
    if (before !== undefined) {
      const using = users.get(before);
      using?.delete(ingressKey);
      if (using?.size === 0) users.delete(before);
      serviceOf.delete(ingressKey);
    }
    if (after !== undefined) {
      serviceOf.set(ingressKey, after);
      const using = users.get(after);
      if (using === undefined) users.set(after, new Set([ingressKey]));
      else using.add(ingressKey);
    }
  };

  const wantedFor = (ingress: Ingress): Wanted => {
    const source = addressSourceOf(ingress, controllers, classes);
    use(formatObjectKey(ingress.metadata), source.type === 'service' ? source.service : undefined);
    if (source.type === 'none') return { problem: source.problem };
    if (source.type === 'addresses') return { addresses: source.addresses };
    const service = services.get(source.service);
    const of = formatObjectRef({ kind: 'Service', ...source.service });
    const controller = source.className === undefined ? 'its controller' : `controller of class ${source.className}`;
    if (service === undefined) return { problem: `${controller} publishes those of ${of}, which does not exist` };
    // Kept to what an Ingress status may hold: ip and hostname (ipMode is of Services alone).
    const addresses = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ({
      ...(ip === undefined ? {} : { ip }),
      ...(hostname === undefined ? {} : { hostname }),
    }));
    return addresses.length === 0 ? { problem: `${controller} publishes those of ${of}, which has none yet` } : { addresses };
  };

  const publish = async (ingressKey: string, signal: AbortSignal): Promise<void> => {
    const slash = ingressKey.indexOf('/');
    const key = { namespace: ingressKey.slice(0, slash), name: ingressKey.slice(slash + 1) };
    const ingress = ingresses.get(key);
    if (ingress === undefined) return use(ingressKey, undefined);
    const wanted = wantedFor(ingress);
    const present = ingress.status?.loadBalancer?.ingress ?? [];
    const { [publishedAnnotation]: published, [addressProblemAnnotation]: problemBefore } = ingress.metadata.annotations ?? {};
    const isOurs = published !== undefined;
    const takesBack = 'problem' in wanted && isOurs && present.length > 0;
    const addresses = 'addresses' in wanted ? wanted.addresses : takesBack || present.length === 0 ? [] : present;
    const problem = 'problem' in wanted && addresses.length === 0 ? wanted.problem : undefined;
    const marked = 'addresses' in wanted ? 'true' : undefined;
    if (isDeepStrictEqual(addresses, present) && problem === problemBefore && marked === published) return;
    try {
      await cluster.patchStatus(
        ingressKind,
        key,
        {
          status: isDeepStrictEqual(addresses, present) ? {} : { loadBalancer: { ingress: addresses.length === 0 ? null : addresses } },
          annotations: { [publishedAnnotation]: marked ?? null, [addressProblemAnnotation]: problem ?? null },
        },
        { signal },
      );
    } catch (error) {
      if (!isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) throw error;
    }
  };

  const subscribe = (queue: WorkQueue<string>): void => {
    const addAll = (): void => {
      readControllers();
      for (const ingress of ingresses.list()) queue.add(formatObjectKey(ingress.metadata));
    };
    for (const view of [...workloads, classViews]) {
      // What is there already was read before; each later change of a controller or class may concern every Ingress.
      let isShown = false;
      subscriptions.push(
        view.subscribe(() => {
          if (isShown) addAll();
        }),
      );
      isShown = true;
    }
    addAll();
    subscriptions.push(
      services.subscribe(({ object }) => {
        for (const ingressKey of users.get(formatObjectKey(object.metadata)) ?? []) queue.add(ingressKey);
      }),
      ingresses.subscribe(({ object }) => queue.add(formatObjectKey(object.metadata))),
    );
  };

  return {
    name: 'ingress-publisher',
    idle: async () => running?.idle(),
    async start(signal) {
      const controller = new AbortController();
      ending = controller;
      const views = [...workloads, classViews, services, ingresses];
      await Promise.race([
        Promise.all(views.map((view) => view.synced)),
        new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
      ]);
      if (signal.aborted) return;
      const queue = createWorkQueue<string>({
        // A thousand Ingresses of one controller share one write to the disk.
        concurrency: 256,
        process: publish,
        onError: (key, error) => logger.warn(`Ingress ${key} could not be given its address: ${messageOf(error)}`, { err: error }),
      });
      running = queue;
      subscribe(queue);
      working = queue.run(controller.signal);
    },
    async stop() {
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]();
      ending?.abort();
      await working;
    },
  };
}
