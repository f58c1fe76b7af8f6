import { Gauge, type Registry } from 'prom-client';
import type { LeaderElection } from './leadership.ts';

const name = 'leader_election_master_status';

/**
 * Publishes `leader_election_master_status{name}`, as Kubernetes' own controllers do: 1 while this process leads, else 0. Elections of
 * one registry share the metric. A writer without rivals always leads.
 */
export function measureElection(registry: Registry, role: string, election: Pick<LeaderElection, 'isLeader'>): void {
  const known = elections.get(registry);
  if (known !== undefined) {
    known.set(role, election);
    return;
  }
  const roles = new Map([[role, election]]);
  elections.set(registry, roles);
  registry.registerMetric(
    new Gauge({
      name,
      help: '1 while this process leads the writer of this name, else 0.',
      labelNames: ['name'],
      registers: [],
      collect() {
        for (const [each, { isLeader }] of roles) this.set({ name: each }, isLeader ? 1 : 0);
      },
    }),
  );
}

const elections = new WeakMap<Registry, Map<string, Pick<LeaderElection, 'isLeader'>>>();
