import { etcdPrograms, etcdRequirement, eventually, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { makeMemberSet, type MemberSet } from './testing/member-set.ts';

const key = '/skydns/kept';

/** The names of members that vote, once `count` of them have started. */
async function voters(set: MemberSet, count: number, through?: readonly number[]): Promise<readonly string[]> {
  const admin = set.admin(through);
  try {
    return await eventually(
      async () => {
        const members = await admin.listMembers();
        const names = members.filter((member) => !member.isLearner && member.name !== '').map(({ name }) => name);
        expect(names.length).toBe(count);
        return names.toSorted();
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
  } finally {
    admin.close();
  }
}

async function write(set: MemberSet, index: number, value: string): Promise<void> {
  const store = createEtcdStore({ endpoints: [set.members[index]?.clientUrl ?? ''] });
  try {
    await eventually(() => store.transact({ compare: [], success: [{ type: 'put', key, value: Buffer.from(value) }] }));
  } finally {
    await store.close();
  }
}

async function read(set: MemberSet, index: number): Promise<string | undefined> {
  const store = createEtcdStore({ endpoints: [set.members[index]?.clientUrl ?? ''] });
  try {
    const { entries } = await eventually(() => store.range({ key }), { timeoutMs: 20_000 });
    return entries[0] === undefined ? undefined : Buffer.from(entries[0].value).toString();
  } finally {
    await store.close();
  }
}

describe.skipIf(unmet('members joining their etcd cluster', etcdRequirement())).each(etcdPrograms())('members with $label', ({ path }) => {
  it('three without data make one cluster, and a restarted one goes on with its data', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.startAll([0, 1, 2]);
    expect(await voters(set, 3)).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
    expect(set.said(0).at(-1)).toContain('make a new cluster');
    await write(set, 0, 'a');
    await set.kill(1);
    expect(await set.start(1)).toMatchObject({ state: 'existing' });
    expect(await read(set, 1)).toBe('a');
  });

  it('two of three wait for the third before they make a cluster', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    const two = Promise.all([set.start(0), set.start(1)]);
    await eventually(() => expect(set.said(0).at(-1)).toMatch(/waiting for etcd-2 .*every member is there and none has data/));
    expect(set.said(0).at(-1)).not.toContain('etcd-1');
    await Promise.all([two, set.start(2)]);
    expect(await voters(set, 3)).toHaveLength(3);
  });

  it('one that lost its data is replaced and copies what the others have', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.startAll([0, 1, 2]);
    await voters(set, 3);
    await write(set, 0, 'a');
    await set.kill(2);
    set.wipe(2);
    await write(set, 0, 'b');
    expect(await set.start(2)).toMatchObject({ state: 'existing' });
    expect(set.said(2).join('\n')).toMatch(/etcd-2 has lost its data: its old entry is removed[\s\S]*etcd-2 is added as a member/);
    expect(await voters(set, 3)).toHaveLength(3);
    expect(await read(set, 2)).toBe('b');
    // The replaced one carries the quorum like any other.
    await set.kill(1);
    await write(set, 2, 'c');
    expect(await read(set, 0)).toBe('c');
  });

  it('two that lost their data are refused: the third has the data and no quorum', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.startAll([0, 1, 2]);
    await voters(set, 3);
    for (const index of [1, 2]) {
      await set.kill(index);
      set.wipe(index);
    }
    await Promise.all(
      [1, 2].map((index) =>
        expect(set.start(index, 3, 6_000)).rejects.toMatchObject({
          code: 'SM_ETCD_JOIN_REFUSED',
          message: expect.stringMatching(/has no data, and etcd-0 cannot change the cluster, because it has no quorum/),
        }),
      ),
    );
  });

  it('with one lost and another away nobody is replaced; when that is back, the lost one is', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.startAll([0, 1, 2]);
    await voters(set, 3);
    await write(set, 0, 'a');
    await set.kill(1);
    await set.kill(2);
    set.wipe(2);
    const joining = set.start(2, 3, 40_000);
    await eventually(() => expect(set.said(2).at(-1)).toMatch(/no quorum|does not answer/), { timeoutMs: 15_000 });
    await set.start(1);
    await joining;
    expect(await voters(set, 3)).toHaveLength(3);
    expect(await read(set, 2)).toBe('a');
  });

  it('one grows to three, with its data and without losing the quorum', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.start(0, 1);
    await voters(set, 1, [0]);
    await write(set, 0, 'a');
    await set.startAll([1, 2]);
    expect(await voters(set, 3, [0])).toHaveLength(3);
    expect([...set.said(1), ...set.said(2)].join('\n')).toMatch(/is added as a learner[\s\S]*gets its vote/);
    expect(await read(set, 2)).toBe('a');
  });

  it('a healthy member is never removed, whoever claims its name', async () => {
    await using set = await makeMemberSet({ program: path, count: 3 });
    await set.startAll([0, 1, 2]);
    await voters(set, 3);
    // Somebody with the same name and an empty disk, at another address.
    await using impostor = await makeMemberSet({ program: path, count: 3 });
    const wanted = set.members.map((member, index) => (index === 2 ? { ...member, peerUrl: impostor.members[2]?.peerUrl ?? '' } : member));
    const { joinCluster } = await import('./join-cluster.ts');
    await expect(
      joinCluster({
        self: wanted[2] as (typeof wanted)[number],
        wanted,
        token: 'test',
        disk: { look: () => 'empty', promise: () => undefined },
        peerTls: undefined,
        host: '127.0.0.1',
        openAdmin: () => set.admin([0]),
        timeoutMs: 5_000,
        report: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'SM_ETCD_JOIN_REFUSED', message: expect.stringContaining('a healthy member of that name answers') });
    expect(await voters(set, 3)).toHaveLength(3);
  });
});
