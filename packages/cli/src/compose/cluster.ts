import type { Cluster } from '@seamark/common/cluster';
import type { ManifestsCluster } from '@seamark/common/cluster/manifests';
import { alwaysLeader, type Component, createLeaderElection, type LeaderElection, measureElection } from '@seamark/common/controller';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from './runtime.ts';

/** Connects to a Kubernetes API server by the kubeconfig, or the pod's ServiceAccount. */
export async function connectCluster(runtime: Runtime): Promise<Cluster> {
  const { createKubernetesCluster } = await import('@seamark/common/cluster/kubernetes');
  const { kubeconfig } = runtime.config.cluster;
  return createKubernetesCluster({
    logger: runtime.logger,
    metrics: runtime.metrics,
    kubeconfig,
  });
}

/** What is left for Events at the end: after a storm thousands may be queued, and nobody waits that long for a courtesy. */
const flushTimeMs = 2_000;

/**
 * The cluster's views as a component: started after every component has declared what it reads, stopped after everything that uses
 * it. A folder's state is then on disk and closed.
 */
export function clusterComponent(cluster: Cluster | ManifestsCluster): Component {
  const stop = new AbortController();
  let started = false;
  return {
    name: 'cluster',
    async start() {
      await cluster.start(stop.signal);
      started = true;
    },
    async stop() {
      await withinFlushTime(cluster.flushEvents());
      stop.abort();
      if (started && 'stopped' in cluster) await cluster.stopped;
    },
  };
}

/** Resolves when the flush has ended, or its time has. */
async function withinFlushTime(flush: Promise<void>): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.race([flush, delay(flushTimeMs, undefined, { signal: ended.signal }).catch(() => undefined)]);
  } finally {
    ended.abort();
  }
}

/** Leader election for one writer: a Lease in a cluster; a folder of manifests has no rival. `onLead` is called when a term begins. */
export function electionFor(runtime: Runtime, cluster: Cluster, name: string, onLead: () => void): LeaderElection {
  const election = unmeasuredElection(runtime, cluster, name, onLead);
  measureElection(runtime.metrics, name, election);
  return election;
}

function unmeasuredElection(runtime: Runtime, cluster: Cluster, name: string, onLead: () => void): LeaderElection {
  const { leaderElect, leaseNamespace } = runtime.config.cluster;
  if (cluster.driver === 'manifests' || !leaderElect) return alwaysLeader;
  const election = createLeaderElection({
    cluster,
    namespace: leaseNamespace,
    name: `seamark-${name}`,
    identity: `${hostname()}_${randomBytes(4).toString('hex')}`,
    logger: runtime.logger.child(name),
  });
  return {
    get isLeader() {
      return election.isLeader;
    },
    run: (lead, signal) =>
      election.run((leadership) => {
        onLead();
        return lead(leadership);
      }, signal),
  };
}
