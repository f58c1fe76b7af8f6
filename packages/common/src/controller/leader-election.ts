import { type Cluster, leaseKind } from '../cluster/index.ts';
import { isSeamarkError, messageOf } from '../errors/index.ts';
import type { Lease } from '../model/kubernetes-object.ts';
import type { Logger } from '../observability/logger.ts';
import { type Clock, systemClock } from './clock.ts';
import type { LeaderElection, Leadership } from './leadership.ts';

/** Options of {@link createLeaderElection}; the defaults are those of Kubernetes' own controllers. */
export interface LeaderElectionOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Name of the Lease object: one per writer role. */
  readonly name: string;
  /** Unique per process: pod name and a random part. */
  readonly identity: string;
  readonly logger: Logger;
  /** How long others wait after our last renewal before they take over. Default 15 s. */
  readonly leaseDurationMs?: number;
  /** Our own authority ends this long after the last confirmed renewal; below leaseDurationMs by the time a write may take. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between renewals, and between looks at another's lease. Default 2 s. */
  readonly retryPeriodMs?: number;
  readonly clock?: Clock;
  /** 0..1, for the jitter of retries. Default Math.random. */
  readonly random?: () => number;
}

/** Leadership for processes that cannot have a rival, such as one over a folder of manifests. Token 1, never lost. */
export const alwaysLeader: LeaderElection = {
  isLeader: true,
  async run(lead, signal) {
    await lead({ token: 1, signal });
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  },
};

/** What we last saw of the Lease, and when by our own monotonic clock: other hosts' clocks are never compared with ours. */
interface Observed {
  readonly lease: Lease;
  readonly atMs: number;
}

/**
 * Leader election on a coordination.k8s.io/v1 Lease: compare-and-swap on resourceVersion, expiry judged only by how long a lease
 * has not changed before our own eyes (the method of client-go), so a stepped wall clock changes nothing.
 */
export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { cluster, logger } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const leaseDurationMs = options.leaseDurationMs ?? 15_000;
  const renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
  const retryPeriodMs = options.retryPeriodMs ?? 2_000;
  const key = { namespace: options.namespace, name: options.name };
  let observed: Observed | undefined;
  let leader = false;

  const observe = (lease: Lease): Observed => {
    if (observed === undefined || observed.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      observed = { lease, atMs: clock.monotonicMs() };
    }
    return observed;
  };

  const body = (previous: Lease | undefined, holder: string, transitions: number, durationSeconds: number): Lease => {
    const now = microTime(clock.wallMs());
    const same = previous?.spec?.holderIdentity === holder;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...key,
        ...(previous?.metadata.resourceVersion === undefined ? {} : { resourceVersion: previous.metadata.resourceVersion }),
      },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: durationSeconds,
        acquireTime: same && previous.spec?.acquireTime !== undefined ? previous.spec.acquireTime : now,
        renewTime: now,
        leaseTransitions: transitions,
      },
    };
  };

  /** One try to take or renew the lease; undefined = somebody else holds it. Throws when the API server fails us. */
  const tryHold = async (signal: AbortSignal): Promise<{ token: number; confirmedAtMs: number } | undefined> => {
    const sentAtMs = clock.monotonicMs();
    const seconds = Math.ceil(leaseDurationMs / 1000);
    // While we lead, our last write is what the server has; reading first would be a request per renewal for nothing.
    const current = leader && observed !== undefined ? observed.lease : await cluster.get(leaseKind, key, { signal });
    try {
      if (current === undefined) {
        observe(await cluster.create(leaseKind, body(undefined, options.identity, 1, seconds), { signal }));
        return { token: 1, confirmedAtMs: sentAtMs };
      }
      const seen = observe(current);
      const holder = current.spec?.holderIdentity ?? '';
      const ours = holder === options.identity;
      const durationMs = Math.max((current.spec?.leaseDurationSeconds ?? seconds) * 1000, 1000);
      if (!ours && holder !== '' && clock.monotonicMs() < seen.atMs + durationMs) return undefined;
      const token = (current.spec?.leaseTransitions ?? 0) + (ours && leader ? 0 : 1);
      observe(await cluster.replace(leaseKind, body(current, options.identity, token, seconds), { signal }));
      return { token, confirmedAtMs: sentAtMs };
    } catch (error) {
      if (!isSeamarkError(error, 'SM_CLUSTER_CONFLICT')) throw error;
      leader = false;
      return undefined;
    }
  };

  const release = async (): Promise<void> => {
    if (observed === undefined) return;
    try {
      await cluster.replace(leaseKind, body(observed.lease, '', observed.lease.spec?.leaseTransitions ?? 0, 1));
    } catch (error) {
      logger.debug(`lease ${options.name} was not released: ${messageOf(error)}`);
    }
  };

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.schedule(ms, done);
      signal.addEventListener('abort', done, { once: true });
    });

  /** Renews until the lease is lost or the signal aborts. */
  const keep = async (first: { confirmedAtMs: number }, term: AbortController, signal: AbortSignal): Promise<void> => {
    let confirmedAtMs = first.confirmedAtMs;
    let deadline: Disposable | undefined;
    const arm = (): void => {
      deadline?.[Symbol.dispose]();
      deadline = clock.schedule(Math.max(0, confirmedAtMs + renewDeadlineMs - clock.monotonicMs()), () => term.abort());
    };
    arm();
    while (!signal.aborted && !term.signal.aborted) {
      await pause(retryPeriodMs, AbortSignal.any([signal, term.signal]));
      if (signal.aborted || term.signal.aborted) break;
      try {
        const held = await tryHold(AbortSignal.any([signal, term.signal]));
        // A timer may fire late (a suspended machine); the clock decides.
        if (held === undefined || clock.monotonicMs() > confirmedAtMs + renewDeadlineMs) term.abort();
        else {
          confirmedAtMs = held.confirmedAtMs;
          arm();
        }
      } catch (error) {
        if (!signal.aborted && !term.signal.aborted) logger.warn(`lease ${options.name} could not be renewed: ${messageOf(error)}`);
      }
    }
    deadline?.[Symbol.dispose]();
  };

  return {
    get isLeader() {
      return leader;
    },
    async run(lead, signal) {
      while (!signal.aborted) {
        let held: { token: number; confirmedAtMs: number } | undefined;
        try {
          held = await tryHold(signal);
        } catch (error) {
          if (!signal.aborted) logger.warn(`lease ${options.name} cannot be read or taken: ${messageOf(error)}`);
        }
        if (held === undefined) {
          await pause(retryPeriodMs * (0.8 + random() * 0.4), signal);
          continue;
        }
        leader = true;
        logger.info(`leading: lease ${options.namespace}/${options.name} is ours`, { fencingToken: held.token });
        const term = new AbortController();
        const leadership: Leadership = { token: held.token, signal: AbortSignal.any([term.signal, signal]) };
        const work = lead(leadership);
        work.catch((error: unknown) => {
          logger.error(`work of the leader ended: ${messageOf(error)}`, { err: error });
          term.abort();
        });
        await keep(held, term, signal);
        leader = false;
        term.abort();
        await work.catch(() => undefined);
        if (signal.aborted) await release();
        else {
          logger.warn(`lease ${options.namespace}/${options.name} is lost; waiting for it`);
          observed = undefined;
        }
      }
    },
  };
}

/** RFC 3339 with six decimals, as the API server's MicroTime wants it. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
