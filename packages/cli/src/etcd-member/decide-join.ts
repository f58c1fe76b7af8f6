import type { EtcdMember } from '@seamark/kv-store-client/etcd';
import type { WantedMember } from './wanted-member.ts';

/**
 * What is on this member's disk.
 *
 * - `present`: a log; it is a member already.
 * - `promised`: none, but this member has agreed with all others to make a new cluster a moment ago.
 * - `empty`: nothing.
 */
export type OwnData = 'present' | 'promised' | 'empty';

/** What another member looks like from here. `empty`: it is deciding like us and has no data. `running`: its etcd answers. */
export type PeerSight = { readonly state: 'empty' | 'running' } | { readonly state: 'unreachable'; readonly why: string };

/** The cluster as its running members tell it, or why they cannot. */
export type ClusterSight =
  | { readonly members: readonly EtcdMember[]; /** Ids of members that answered. */ readonly alive: ReadonlySet<string> }
  | { readonly unavailable: string };

/** Everything that {@link decideJoin} decides by. */
export interface JoinSight {
  readonly self: WantedMember;
  readonly wanted: readonly WantedMember[];
  readonly ownData: OwnData;
  /** By name, of every other wanted member. */
  readonly peers: ReadonlyMap<string, PeerSight>;
  /** Present when a peer runs. */
  readonly cluster?: ClusterSight;
}

/**
 * What to do next; `why` is a sentence for the log. `agree`: promise to make a new cluster, and start when every other member has
 * promised too. After `wait`, `add`, `remove` and `promote` the situation is looked at anew.
 */
export type JoinDecision =
  | { readonly type: 'start'; readonly state: 'new' | 'existing'; readonly initialCluster: InitialCluster; readonly why: string }
  | { readonly type: 'agree'; readonly why: string }
  | { readonly type: 'wait'; readonly why: string }
  | { readonly type: 'refuse'; readonly why: string }
  | ClusterChange;

/** A change of the running cluster. */
export type ClusterChange =
  | { readonly type: 'add'; readonly isLearner: boolean; readonly why: string }
  | { readonly type: 'remove'; readonly id: string; readonly why: string }
  | { readonly type: 'promote'; readonly id: string; readonly why: string };

/** Names and peer URLs for etcd's `initial-cluster`. */
export type InitialCluster = readonly { readonly name: string; readonly peerUrl: string }[];

/**
 * Decides how a member comes into its cluster. What it holds to:
 *
 * - A cluster is made anew only when every wanted member is there and none has data.
 * - A member is removed only when it is this one, has lost its data, and all others answer.
 * - Nobody is added in a way that could cost the others their quorum: while a vote more would raise the quorum, as a learner.
 */
export function decideJoin(sight: JoinSight): JoinDecision {
  const { self, wanted, ownData, peers } = sight;
  const others = [...peers];
  if (ownData === 'present') return { type: 'start', state: 'existing', initialCluster: wanted, why: `${self.name} has its data` };
  if (ownData === 'promised') return { type: 'agree', why: `${self.name} goes on with the new cluster that all members agreed on` };
  if (others.length === 0)
    return { type: 'start', state: 'new', initialCluster: wanted, why: `${self.name} is the only member and has no data: a new cluster` };
  const running = others.flatMap(([name, sighted]) => (sighted.state === 'running' ? [name] : []));
  if (running.length > 0) return decideWithCluster(sight, running);
  const missing = others.flatMap(([name, sighted]) => (sighted.state === 'unreachable' ? [`${name} (${sighted.why})`] : []));
  if (missing.length > 0) {
    const why = `waiting for ${missing.join(', ')}: a new cluster is made only when every member is there and none has data`;
    return { type: 'wait', why };
  }
  return { type: 'agree', why: `no member has data: ${wanted.map(({ name }) => name).join(', ')} make a new cluster` };
}

function decideWithCluster({ self, wanted, cluster }: JoinSight, running: readonly string[]): JoinDecision {
  if (cluster === undefined || 'unavailable' in cluster) {
    const why = cluster === undefined ? 'it has not been asked' : cluster.unavailable;
    return {
      type: 'wait',
      why: `${self.name} has no data, and ${running.join(', ')} cannot change the cluster, because it has no quorum (${why}); most members have to be back with their data`,
    };
  }
  const { members, alive } = cluster;
  const nameOf = (member: EtcdMember): string =>
    member.name || (wanted.find(({ peerUrl }) => member.peerUrls.includes(peerUrl))?.name ?? `member ${member.id}`);
  const own = members.find((member) => member.peerUrls.includes(self.peerUrl) || member.name === self.name);
  const rest = members.filter((member) => member !== own);
  const silent = rest.filter((member) => !alive.has(member.id)).map(nameOf);

  if (own !== undefined) {
    if (own.isLearner && own.name === '') {
      const initialCluster = initialClusterOf(members, wanted);
      return { type: 'start', state: 'existing', initialCluster, why: `${self.name} has been added and starts as a learner` };
    }
    if (alive.has(own.id))
      return {
        type: 'refuse',
        why: `${self.name} has no data here, but a healthy member of that name answers at ${own.clientUrls.join(', ')}; it is not replaced`,
      };
    if (silent.length > 0)
      return {
        type: 'wait',
        why: `${self.name} has lost its data and ${silent.join(', ')} does not answer; a member is replaced only while all others answer`,
      };
    return { type: 'remove', id: own.id, why: `${self.name} has lost its data: its old entry is removed` };
  }
  const learner = rest.find((member) => member.isLearner);
  if (learner !== undefined)
    return { type: 'promote', id: learner.id, why: `${nameOf(learner)} is a learner; it gets its vote before ${self.name} is added` };
  if (silent.length > 0)
    return { type: 'wait', why: `${silent.join(', ')} does not answer; ${self.name} is added only while all members answer` };
  // From an even number of votes to the next, the quorum stays as it is: a new vote that never starts costs nothing.
  const isLearner = rest.length % 2 === 1;
  return { type: 'add', isLearner, why: `${self.name} is added ${isLearner ? 'as a learner' : 'as a member'}` };
}

/** `initial-cluster` of a member that is among `members` and has not started. */
export function initialClusterOf(members: readonly EtcdMember[], wanted: readonly WantedMember[]): InitialCluster {
  return members.map((member) => ({
    name: member.name || (wanted.find(({ peerUrl }) => member.peerUrls.includes(peerUrl))?.name ?? member.id),
    peerUrl: member.peerUrls[0] ?? '',
  }));
}
