import { setTimeout } from 'node:timers/promises';
import { type Clock, systemClock } from '@seamark/common/controller';
import { type EtcdServer, etcdPrograms, etcdRequirement, eventually, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flat, put } from '../contract/contract-store.ts';
import { recordWatch } from '../contract/watch-recorder.ts';
import { createEtcdAdmin } from './create-etcd-admin.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import { post } from './testing/etcd-admin.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe.skipIf(unmet('etcd with authentication', etcdRequirement())).each(etcdPrograms())(
  'the etcd store, with a user of the $label whose role is limited to /skydns/,',
  ({ path }) => {
    let etcd: EtcdServer;
    const rootToken = async (): Promise<string> =>
      String((await post(etcd.endpoint, '/v3/auth/authenticate', { name: 'root', password: 'root-pw' }))['token']);
    const grant = async (prefix: string, token?: string): Promise<void> => {
      const end = `${prefix.slice(0, -1)}0`;
      await post(
        etcd.endpoint,
        '/v3/auth/role/grant',
        { name: 'dns', perm: { permType: 'READWRITE', key: base64(prefix), range_end: base64(end) } },
        token,
      );
    };
    const open = (password = 'dns-pw', username: string | undefined = 'dns') =>
      createEtcdStore({ endpoints: [etcd.endpoint], ...(username === '' ? {} : { username, password }) });

    beforeAll(async () => {
      etcd = await startEtcd({ program: path });
      const at = etcd.endpoint;
      await post(at, '/v3/auth/user/add', { name: 'root', password: 'root-pw' });
      await post(at, '/v3/auth/user/grant', { user: 'root', role: 'root' }).catch(async () => {
        await post(at, '/v3/auth/role/add', { name: 'root' });
        await post(at, '/v3/auth/user/grant', { user: 'root', role: 'root' });
      });
      await post(at, '/v3/auth/role/add', { name: 'dns' });
      await grant('/skydns/');
      await post(at, '/v3/auth/user/add', { name: 'dns', password: 'dns-pw' });
      await post(at, '/v3/auth/user/grant', { user: 'dns', role: 'dns' });
      await post(at, '/v3/auth/enable', {});
    });
    afterAll(() => etcd[Symbol.asyncDispose]());

    test('reads, writes, watches and takes leases below the prefix', async () => {
      const store = open();
      try {
        const lease = await store.grantLease(30);
        const first = await put(store, '/skydns/a', '1', lease.id);
        using watch = recordWatch(store, '/skydns/', first);
        await watch.reached(await put(store, '/skydns/a', '2', lease.id));
        expect(flat(await store.range({ prefix: '/skydns/' }))).toEqual(['/skydns/a=2']);
        await lease.revoke();
        expect(flat(await store.range({ prefix: '/skydns/' }))).toEqual([]);
      } finally {
        await store.close();
      }
    });

    test('a watch of which there is nothing to tell stays as it is', async () => {
      // Ten seconds, in which the silence is looked into twice, pass in one.
      const clock: Clock = {
        ...systemClock,
        monotonicMs: () => systemClock.monotonicMs() * 10,
        schedule: (delayMs, callback) => systemClock.schedule(delayMs / 10, callback),
      };
      const store = createEtcdStore({ endpoints: [etcd.endpoint], username: 'dns', password: 'dns-pw', requestTimeoutMs: 60_000, clock });
      try {
        const { revision } = await store.range({ prefix: '/skydns/' });
        using watch = recordWatch(store, '/skydns/', revision + 1);
        await eventually(() => expect(watch.connections()).toBe(1));
        await setTimeout(1_000);
        expect(watch.interruptions).toEqual([]);
      } finally {
        await store.close();
      }
    });

    test('outside the prefix everything is refused, by name of the user', async () => {
      const store = open();
      try {
        const refused = { code: 'SM_STORE_UNAUTHENTICATED', message: expect.stringContaining('user "dns"') };
        await expect(store.range({ prefix: '/other/' })).rejects.toMatchObject(refused);
        await expect(put(store, '/other/a', '1')).rejects.toMatchObject(refused);
      } finally {
        await store.close();
      }
    });

    test('a refused watch is told so, disturbs no other watch, and works once the permission is there', async () => {
      const store = open();
      try {
        const { revision } = await store.range({ prefix: '/skydns/' });
        using refused = recordWatch(store, '/later/', revision + 1);
        using other = recordWatch(store, '/skydns/', revision + 1);
        using third = recordWatch(store, '/skydns/sub/', revision + 1);
        await eventually(() => expect(refused.interruptions[0]).toMatchObject({ code: 'SM_STORE_UNAUTHENTICATED' }));
        const inside = await put(store, '/skydns/sub/a', '1');
        await other.reached(inside);
        await third.reached(inside);
        expect(refused.connections()).toBe(0);
        await grant('/later/', await rootToken());
        const later = await put(store, '/later/a', '1');
        await refused.reached(later);
        expect(refused.lines()).toEqual(['put /later/a=1']);
        expect(refused.interruptions).toHaveLength(1);
      } finally {
        await store.close();
      }
    });

    test('a restarted etcd, which knows no token, is authenticated with anew', async () => {
      const store = open();
      try {
        const first = await put(store, '/skydns/r', '1');
        using watch = recordWatch(store, '/skydns/r', first);
        await watch.reached(first);
        await etcd.restart();
        const second = await eventually(() => put(store, '/skydns/r', '2'));
        await watch.reached(second);
        expect(watch.lines()).toEqual(['put /skydns/r=1', 'put /skydns/r=2']);
      } finally {
        await store.close();
      }
    });

    test.for([
      ['a wrong password', 'dns', 'guess', 'user "dns"'],
      ['an unknown user', 'nobody', 'guess', 'user "nobody"'],
      ['no user', '', '', 'a client without user name'],
    ] as const)('%s is SM_STORE_UNAUTHENTICATED, and the message holds no password', async ([, username, password, who]) => {
      const store = open(password, username);
      try {
        const error = await store.range({ prefix: '/skydns/' }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toMatchObject({ code: 'SM_STORE_UNAUTHENTICATED', message: expect.stringContaining(who) });
        expect(String(error)).not.toContain('guess');
        using watch = recordWatch(store, '/skydns/', 1);
        await eventually(() => expect(watch.interruptions[0]).toMatchObject({ code: 'SM_STORE_UNAUTHENTICATED' }));
        expect(watch.batches).toEqual([]);
      } finally {
        await store.close();
      }
    });

    test('authentication that is turned on under a store with user and password does not disturb it', async () => {
      await using plain = await startEtcd({ program: path });
      const store = createEtcdStore({ endpoints: [plain.endpoint], username: 'root', password: 'root-pw' });
      const admin = createEtcdAdmin({ endpoints: [plain.endpoint] });
      try {
        using watch = recordWatch(store, '/x', await put(store, '/x', '1'));
        await admin.addUser('root', 'root-pw');
        if (!(await admin.listRoles()).includes('root')) await admin.addRole('root');
        await admin.grantRole('root', 'root');
        await admin.enableAuthentication();
        await watch.reached(await put(store, '/x', '2'));
        using later = recordWatch(store, '/x', 1);
        await later.reached(await put(store, '/x', '3'));
      } finally {
        admin.close();
        await store.close();
      }
    });

    test('user and password for an etcd without authentication do no harm', async () => {
      await using plain = await startEtcd({ program: path });
      const store = createEtcdStore({ endpoints: [plain.endpoint], username: 'dns', password: 'dns-pw' });
      try {
        const revision = await put(store, '/x', '1');
        using watch = recordWatch(store, '/x', revision);
        await watch.reached(revision);
      } finally {
        await store.close();
      }
    });
  },
);
