import type { EtcdMember } from '@seamark/kv-store-client/etcd';
import { describe, expect, it } from 'vitest';
import { type ClusterSight, decideJoin, type JoinSight, type OwnData, type PeerSight } from './decide-join.ts';
import { parseWantedMembers, type WantedMember } from './wanted-member.ts';

const list = (port: number): string => [0, 1, 2].map((index) => `m${index}=http://m${index}:${port}`).join(',');
const wanted = parseWantedMembers(list(2380), list(2379), 'm0');
const [m0, m1, m2] = wanted as [WantedMember, WantedMember, WantedMember];

const empty: PeerSight = { state: 'empty' };
const running: PeerSight = { state: 'running' };
const away: PeerSight = { state: 'unreachable', why: 'refused' };
const member = (of: WantedMember, changed: Partial<EtcdMember> = {}): EtcdMember => ({
  id: of.name,
  name: of.name,
  peerUrls: [of.peerUrl],
  clientUrls: [of.clientUrl],
  isLearner: false,
  ...changed,
});
const cluster = (members: readonly EtcdMember[], alive: readonly WantedMember[]): ClusterSight => ({
  members,
  alive: new Set(alive.map(({ name }) => name)),
});
const decide = (ownData: OwnData, peers: readonly [PeerSight, PeerSight] | undefined, sight?: ClusterSight) => {
  const others: JoinSight['peers'] =
    peers === undefined
      ? new Map()
      : new Map([
          ['m1', peers[0]],
          ['m2', peers[1]],
        ]);
  const { why: _why, ...decision } = decideJoin({
    self: m0,
    wanted: peers === undefined ? [m0] : wanted,
    ownData,
    peers: others,
    ...(sight === undefined ? {} : { cluster: sight }),
  });
  return 'initialCluster' in decision
    ? { ...decision, initialCluster: decision.initialCluster.map(({ name }) => name).join(' ') }
    : decision;
};

describe('how a member comes into its cluster', () => {
  const all = [member(m0), member(m1), member(m2)];
  it.each([
    [
      'with data it starts, whatever the others do',
      'present',
      [away, away],
      undefined,
      { type: 'start', state: 'existing', initialCluster: 'm0 m1 m2' },
    ],
    ['alone and empty it is a new cluster', 'empty', undefined, undefined, { type: 'start', state: 'new', initialCluster: 'm0' }],
    ['all empty they agree', 'empty', [empty, empty], undefined, { type: 'agree' }],
    ['having agreed it keeps to that', 'promised', [away, away], undefined, { type: 'agree' }],
    ['one away: no new cluster', 'empty', [empty, away], undefined, { type: 'wait' }],
    ['one runs without a quorum: no new cluster', 'empty', [running, empty], { unavailable: 'no leader' }, { type: 'wait' }],
    ['lost data, others answer: its entry goes', 'empty', [running, running], cluster(all, [m1, m2]), { type: 'remove', id: 'm0' }],
    ['lost data, another is silent: nothing goes', 'empty', [running, away], cluster(all, [m1]), { type: 'wait' }],
    ['its name answers elsewhere: refused', 'empty', [running, running], cluster(all, [m0, m1, m2]), { type: 'refuse' }],
    [
      'two votes: a third costs no quorum',
      'empty',
      [running, running],
      cluster([member(m1), member(m2)], [m1, m2]),
      { type: 'add', isLearner: false },
    ],
    ['one vote: a second one is a learner first', 'empty', [running, empty], cluster([member(m1)], [m1]), { type: 'add', isLearner: true }],
    ['a silent member: nobody is added', 'empty', [running, away], cluster([member(m1), member(m2)], [m1]), { type: 'wait' }],
    [
      'another learner gets its vote first',
      'empty',
      [running, running],
      cluster([member(m1), member(m2, { isLearner: true })], [m1, m2]),
      { type: 'promote', id: 'm2' },
    ],
    [
      'added as a learner and never started: it starts',
      'empty',
      [running, empty],
      cluster([member(m1), member(m0, { name: '', clientUrls: [], isLearner: true })], [m1]),
      { type: 'start', state: 'existing', initialCluster: 'm1 m0' },
    ],
    [
      'added with a vote and not known to have started: added again',
      'empty',
      [running, running],
      cluster([member(m1), member(m2), member(m0, { name: '', clientUrls: [] })], [m1, m2]),
      { type: 'remove', id: 'm0' },
    ],
  ] as const)('%s', (_, ownData, peers, sight, decision) => {
    expect(decide(ownData, peers, sight)).toEqual(decision);
  });

  it.each([
    ['m1=http://m1:2380', 'm1=http://m1:2379', /does not name m0/],
    ['m0=http://m0:2380', 'm1=http://m1:2379', /--client-urls does not name m0/],
    ['m0=http://m0:2380,m1=http://m1:2380', 'm0=http://m0:2379', /must name the same members/],
    ['m0=m0:2380', 'm0=http://m0:2379', /--initial-cluster: "m0=m0:2380" is not possible; allowed: NAME=URL/],
  ])('%s with %s is refused', (peers, clients, message) => {
    expect(() => parseWantedMembers(peers, clients, 'm0')).toThrow(message);
  });
});
