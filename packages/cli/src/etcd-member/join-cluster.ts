import { setTimeout as delay } from 'node:timers/promises';
import { isSeamarkError, messageOf, SeamarkError } from '@seamark/common/errors';
import type { EtcdAdmin } from '@seamark/kv-store-client/etcd';
import {
  type ClusterChange,
  type ClusterSight,
  decideJoin,
  type InitialCluster,
  initialClusterOf,
  type JoinDecision,
} from './decide-join.ts';
import type { MemberDisk } from './member-disk.ts';
import { announce, type Announcer, lookAtPeer, type PeerLook, type PeerTls } from './peer-protocol.ts';
import type { WantedMember } from './wanted-member.ts';

/** Options of {@link joinCluster}. */
export interface JoinOptions {
  readonly self: WantedMember;
  readonly wanted: readonly WantedMember[];
  readonly token: string;
  readonly disk: MemberDisk;
  readonly peerTls: PeerTls | undefined;
  /** Address to answer other members at. Default: all. */
  readonly host?: string;
  /** Administers the cluster through these client URLs; closed by us. */
  readonly openAdmin: (clientUrls: readonly string[]) => EtcdAdmin;
  /** How long to wait for others before giving up with SM_ETCD_JOIN_REFUSED, in ms. */
  readonly timeoutMs: number;
  /** Told each new sentence about what happens. */
  readonly report: (sentence: string) => void;
  /** Pause between the first two looks, in ms; later ones are up to six times as long. Default 500. */
  readonly pauseMs?: number;
}

/** How etcd is to be started. */
export interface JoinResult {
  readonly state: 'new' | 'existing';
  readonly initialCluster: InitialCluster;
}

/** A member that has seen everybody agree stays this long, so that the others see its agreement too. */
const lingerMs = 500;
const statusTimeoutMs = 2_000;
const listTimeoutMs = 5_000;

/**
 * Brings a member to where its etcd can be started: looks, decides ({@link decideJoin}), acts, and looks again. Rejects with
 * SM_ETCD_JOIN_REFUSED, and the sentence that says why, when it must not go on, or could not within the time.
 */
export async function joinCluster(options: JoinOptions): Promise<JoinResult> {
  const { self, wanted, token, disk } = options;
  const others = wanted.filter((member) => member !== self);
  const deadline = performance.now() + options.timeoutMs;
  let said = '';
  const say = (sentence: string): void => {
    // A sentence that goes on with why it did not work stands for its beginning, too.
    if (sentence === said || said.startsWith(`${sentence}; `)) return;
    options.report(sentence);
    said = sentence;
  };
  let pauseMs = options.pauseMs ?? 500;
  const longestPauseMs = pauseMs * 6;
  let announcer: Announcer | undefined;
  try {
    for (;;) {
      const ownData = disk.look();
      let decision: JoinDecision;
      if (ownData !== 'present' && others.length > 0) announcer ??= await announce(self, token, options.peerTls, options.host);
      if (ownData === 'empty') {
        const peers = await lookAtPeers(others, options);
        const running = others.filter(({ name }) => peers.get(name)?.state === 'running');
        const cluster = running.length === 0 ? undefined : await lookAtCluster(running, wanted, options);
        decision = decideJoin({ self, wanted, ownData, peers, ...(cluster === undefined ? {} : { cluster }) });
      } else decision = decideJoin({ self, wanted, ownData, peers: new Map() });
      say(decision.why);
      if (decision.type === 'start') return { state: decision.state, initialCluster: decision.initialCluster };
      if (decision.type === 'refuse') throw refusal(decision.why);
      if (decision.type === 'agree') {
        disk.promise();
        announcer?.agree();
        const undecided = await othersAgreed(others, options, deadline);
        if (undecided.length === 0) return { state: 'new', initialCluster: wanted };
        throw refusal(`${undecided.join(', ')} did not agree to make a new cluster within ${Math.round(options.timeoutMs / 1000)} s`);
      }
      if (decision.type !== 'wait') {
        const added = await act(decision, others, options, say);
        if (added !== undefined) return { state: 'existing', initialCluster: added };
        if (decision.type === 'remove' && performance.now() < deadline) continue;
      }
      if (performance.now() >= deadline) throw refusal(`${said}; gave up after ${Math.round(options.timeoutMs / 1000)} s`);
      await delay(pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 1.3);
    }
  } finally {
    await announcer?.[Symbol.asyncDispose]();
  }
}

/** Changes the cluster. Resolves with `initial-cluster` when this member has been added; a refusal by etcd is said and will be tried again. */
async function act(
  decision: ClusterChange,
  others: readonly WantedMember[],
  { self, wanted, openAdmin }: JoinOptions,
  say: (sentence: string) => void,
): Promise<InitialCluster | undefined> {
  const admin = openAdmin(others.map(({ clientUrl }) => clientUrl));
  try {
    if (decision.type === 'remove') await admin.removeMember(decision.id);
    else if (decision.type === 'promote') await admin.promoteMember(decision.id);
    else {
      await admin.addMember([self.peerUrl], decision.isLearner);
      return initialClusterOf(await admin.listMembers(), wanted);
    }
  } catch (error) {
    // Not in sync yet, another member was quicker, or a connection broke: the next look tells what has become of it.
    if (!isSeamarkError(error, 'SM_STORE_REJECTED') && !isSeamarkError(error, 'SM_STORE_UNAVAILABLE')) throw error;
    say(`${decision.why}; not yet: ${messageOf(error)}`);
  } finally {
    admin.close();
  }
  return undefined;
}

async function lookAtPeers(others: readonly WantedMember[], { token, peerTls }: JoinOptions): Promise<ReadonlyMap<string, PeerLook>> {
  return new Map(await Promise.all(others.map(async (peer) => [peer.name, await lookAtPeer(peer, token, peerTls)] as const)));
}

async function lookAtCluster(
  running: readonly WantedMember[],
  wanted: readonly WantedMember[],
  { openAdmin }: JoinOptions,
): Promise<ClusterSight> {
  const admin = openAdmin(running.map(({ clientUrl }) => clientUrl));
  try {
    const members = await admin.listMembers(AbortSignal.timeout(listTimeoutMs));
    const alive = await Promise.all(
      members.map(async (member) => {
        const url = member.clientUrls[0] ?? wanted.find(({ peerUrl }) => member.peerUrls.includes(peerUrl))?.clientUrl;
        const status = url === undefined ? undefined : await admin.memberStatus(url, statusTimeoutMs);
        return status?.memberId === member.id ? [member.id] : [];
      }),
    );
    return { members, alive: new Set(alive.flat()) };
  } catch (error) {
    if (!isSeamarkError(error, 'SM_STORE_UNAVAILABLE')) throw error;
    return { unavailable: messageOf(error) };
  } finally {
    admin.close();
  }
}

/**
 * Keeps answering until every other member has promised too or runs already; resolves with those that have not by the deadline. Started
 * earlier, a member whose peers then lose sight of it would be alone in a cluster without a quorum.
 */
async function othersAgreed(others: readonly WantedMember[], options: JoinOptions, deadline: number): Promise<readonly string[]> {
  const undecided = new Set(others.map(({ name }) => name));
  while (undecided.size > 0 && performance.now() < deadline) {
    const asked = others.filter(({ name }) => undecided.has(name));
    for (const [name, look] of await lookAtPeers(asked, options)) {
      if (look.agreed || look.state === 'running') undecided.delete(name);
    }
    if (undecided.size > 0) await delay(100);
  }
  if (others.length > 0 && undecided.size === 0) await delay(lingerMs);
  return [...undecided];
}

function refusal(why: string): SeamarkError {
  return new SeamarkError('SM_ETCD_JOIN_REFUSED', why);
}
