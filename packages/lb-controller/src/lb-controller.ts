import { type Cluster, ipAddressPoolKind, serviceKind } from '@seamark/common/cluster';
import { alwaysLeader, type Clock, type Component, type LeaderElection, type Leadership, systemClock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import { type Logger, Registry, silentLogger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';
import { createLbMetrics } from './lb-metrics.ts';
import { PoolWatch } from './pools/pool-watch.ts';
import { openAnnouncementViews, reportUnannounced } from './pools/unannounced-objects.ts';
import { serviceFields } from './services/served-service.ts';
import { ServiceReconciler } from './services/service-reconciler.ts';

/** Options of {@link createLbController}. */
export interface LbControllerOptions {
  /** Not started yet: the controller declares its views on it first. */
  readonly cluster: Cluster;
  /** Gets every decision about pools and addresses. */
  readonly reasons: ReasonStream;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** Where the metrics are registered. Default: nowhere. */
  readonly metrics?: Registry;
  /** Who may write. Default alwaysLeader: only for a cluster that no second lb-controller works on. */
  readonly leaderElection?: LeaderElection;
  /** Where IPAddressPools and advertisements are read from. Default `['metallb-system', 'seamark-system']`. */
  readonly configNamespaces?: readonly string[];
  /** Serve only Services of this `spec.loadBalancerClass`. Default: those that have none. */
  readonly loadBalancerClass?: string | undefined;
  /** Status writes under way at the same time. Default 64. */
  readonly concurrency?: number;
  readonly clock?: Clock;
}

/** Gives LoadBalancer Services their addresses. */
export interface LbController extends Component {
  /**
   * Resolves when every change that the views have seen has been decided and written; at once after `stop`. Does not resolve on a standby
   * that has never led.
   */
  idle(): Promise<void>;
}

/** A term that cannot begin is told after this time: a healthy watch is behind by milliseconds. */
const lagToldAfterMs = 5_000;

/** A term of leadership. */
interface Term {
  readonly reconciler: ServiceReconciler;
  readonly pools: PoolWatch;
}

/** Where the controller stands. `following` is a standby, or a leader between two terms. */
type State =
  | { readonly phase: 'created' }
  | { readonly phase: 'syncing' }
  | { readonly phase: 'following' }
  | { readonly phase: 'leading'; readonly term: Term }
  | { readonly phase: 'stopped' };

/**
 * Creates the lb-controller. `start` resolves when Services and pools have been read completely. Each term of leadership begins when the
 * views include all that was written before it; a leader then takes over all statuses before it gives out the first address. While
 * it does not lead it reads, and writes nothing.
 */
export function createLbController(options: LbControllerOptions): LbController {
  const { cluster, reasons } = options;
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const leaderElection = options.leaderElection ?? alwaysLeader;
  const namespaces = options.configNamespaces ?? ['metallb-system', 'seamark-system'];
  const services = cluster.view(serviceKind, { fields: serviceFields });
  const pools = cluster.view(ipAddressPoolKind, { namespaces, fields: ['metadata.creationTimestamp', 'spec'] });
  const announcements = openAnnouncementViews(cluster, namespaces);

  let state: State = { phase: 'created' };
  const stopping = new AbortController();
  const ledOnce = Promise.withResolvers<void>();
  let work: Promise<void> = Promise.resolve();

  const metrics = createLbMetrics(options.metrics ?? new Registry(), {
    counts: () => (state.phase === 'leading' ? state.term.reconciler.allocator.counts() : []),
    waiting: () => (state.phase === 'leading' ? state.term.reconciler.waiting : 0),
    configuration: () => (state.phase === 'leading' ? state.term.pools : undefined),
  });

  /**
   * The leader before us may have given out addresses that our views do not show yet, after any change that it had seen and we have not.
   * False: the term ended before they showed it all.
   */
  const caughtUp = async (signal: AbortSignal): Promise<boolean> => {
    using _told = clock.schedule(lagToldAfterMs, () =>
      logger.warn('leading, but what was written before has not all been read yet; no address is given out until it has'),
    );
    try {
      await Promise.all([services.caughtUp(signal), pools.caughtUp(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  };

  const lead = async (leadership: Leadership): Promise<void> => {
    if (!(await caughtUp(leadership.signal))) return;
    using resources = new DisposableStack();
    const reconciler = new ServiceReconciler({
      cluster,
      reasons,
      logger,
      metrics,
      clock,
      view: services,
      loadBalancerClass: options.loadBalancerClass === '' ? undefined : options.loadBalancerClass,
      poolNamespaces: namespaces,
      concurrency: options.concurrency ?? 64,
    });
    const watch = resources.use(
      new PoolWatch({ view: pools, reasons, clock, onChange: (configuration) => reconciler.reconfigure(configuration) }),
    );
    resources.use(reportUnannounced(announcements, reasons));
    const running = reconciler.run(watch.read(), leadership);
    state = { phase: 'leading', term: { reconciler, pools: watch } };
    ledOnce.resolve();
    await running;
    if (state.phase === 'leading') state = { phase: 'following' };
  };

  return {
    name: 'lb-controller',
    async start(signal) {
      const ended = AbortSignal.any([signal, stopping.signal]);
      state = { phase: 'syncing' };
      await untilAborted(Promise.all([services.synced, pools.synced]), ended);
      if (ended.aborted) return;
      state = { phase: 'following' };
      work = leaderElection.run(lead, ended).catch((error: unknown) => {
        logger.error(`leader election ended: ${messageOf(error)}`, { err: error });
      });
      // A sole leader leads from here on; a candidate may have to wait for its turn, which is no reason to hold up the process.
      await Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await work;
      state = { phase: 'stopped' };
      ledOnce.resolve();
    },
    async idle() {
      await ledOnce.promise;
      while (state.phase === 'leading') {
        const { reconciler, pools: watch } = state.term;
        await untilAborted(reconciler.idle(), stopping.signal);
        if (stopping.signal.aborted || !watch.isPending) return;
        await new Promise<void>((resolve) => void clock.schedule(0, resolve));
      }
    },
  };
}

function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    promise.then(() => resolve(), reject);
  });
}
