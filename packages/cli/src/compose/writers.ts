import type { Cluster } from '@seamark/common/cluster';
import type { LeaderElection } from '@seamark/common/controller';
import { recordDecisions } from '@seamark/common/reasons';
import { electionFor } from './cluster.ts';
import type { Runtime } from './runtime.ts';

/** The elections of the writers in a process, and the Events of what they decide. */
export interface Writers {
  election(name: 'lb-controller' | 'dns-sync'): LeaderElection;
}

/**
 * Sets up leader election and Events together: only a process that leads every writer in it records Events, so that two replicas do
 * not say everything twice.
 */
export function composeWriters(runtime: Runtime, cluster: Cluster, reportingComponent: string): Writers {
  const elections: LeaderElection[] = [];
  const isLeading = (): boolean => elections.every((election) => election.isLeader);
  const recorder = recordDecisions({ stream: runtime.reasons, cluster, reportingComponent, isLeading });
  return {
    election(name) {
      const election = electionFor(runtime, cluster, name, () => {
        if (isLeading()) recorder.catchUp();
      });
      elections.push(election);
      return election;
    },
  };
}
