import { createEtcdAdmin, createEtcdStore } from '@seamark/kv-store-client/etcd';
import { etcdRequirement, type EtcdServer, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleAuthentication } from './settle-authentication.ts';
import { wantedUsers } from './wanted-users.ts';

describe.skipIf(unmet('authentication of etcd', etcdRequirement()))('authentication of etcd', () => {
  let etcd: EtcdServer;
  const passwords = { ETCD_PASSWORD_DNS_SYNC: 'sync-1', ETCD_PASSWORD_AUTHORITATIVE_DNS: 'dns-1' };
  const settle = async (root: string, env: Record<string, string>, previous?: string, prefix = '/skydns/'): Promise<readonly string[]> => {
    const said: string[] = [];
    await settleAuthentication({
      store: { endpoints: [etcd.endpoint] },
      rootPassword: root,
      previousRootPassword: previous,
      users: wantedUsers(['dns-sync', 'authoritative-dns'], prefix, env),
      openAdmin: createEtcdAdmin,
      report: (sentence) => said.push(sentence),
    });
    return said;
  };
  const attempt = async (user: string, password: string, key: string, kind: 'read' | 'write'): Promise<string> => {
    const store = createEtcdStore({ endpoints: [etcd.endpoint], ...(user === '' ? {} : { username: user, password }) });
    try {
      await (kind === 'read'
        ? store.range({ key })
        : store.transact({ compare: [], success: [{ type: 'put', key, value: Buffer.from('x') }] }));
      return 'done';
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await store.close();
    }
  };

  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd[Symbol.asyncDispose]());

  it('is turned on, and doing so again changes nothing', async () => {
    expect(await settle('root-1', passwords)).toEqual([
      'role dns-sync may read and write /skydns/',
      'role authoritative-dns may read /skydns/',
      'user dns-sync has been made',
      'user authoritative-dns has been made',
      'user root has been made',
      'authentication has been turned on',
    ]);
    expect(await settle('root-1', passwords)).toEqual(['authentication is on']);
  });

  it.each([
    ['', '', '/skydns/a', 'read', 'SM_STORE_UNAUTHENTICATED'],
    ['dns-sync', 'sync-1', '/skydns/a', 'write', 'done'],
    ['dns-sync', 'sync-1', '/other', 'read', 'SM_STORE_UNAUTHENTICATED'],
    ['authoritative-dns', 'dns-1', '/skydns/a', 'read', 'done'],
    ['authoritative-dns', 'dns-1', '/skydns/a', 'write', 'SM_STORE_UNAUTHENTICATED'],
  ] as const)('user "%s" (%s) at %s: %s is %s', async (user, password, key, kind, result) => {
    expect(await attempt(user, password, key, kind)).toBe(result);
  });

  it('takes new passwords over, also root’s own when the one before is known', async () => {
    const renewed = { ...passwords, ETCD_PASSWORD_DNS_SYNC: 'sync-2' };
    expect(await settle('root-2', renewed, 'root-1')).toEqual([
      'user dns-sync has its present password',
      'user root has its present password',
      'authentication is on',
    ]);
    expect(await attempt('dns-sync', 'sync-2', '/skydns/a', 'write')).toBe('done');
    expect(await attempt('dns-sync', 'sync-1', '/skydns/a', 'write')).toBe('SM_STORE_UNAUTHENTICATED');
    await expect(settle('root-3', renewed, 'root-1')).rejects.toMatchObject({ code: 'SM_STORE_UNAUTHENTICATED' });
  });

  it('moves the rights when the prefix changes', async () => {
    const renewed = { ...passwords, ETCD_PASSWORD_DNS_SYNC: 'sync-2' };
    expect(await settle('root-2', renewed, undefined, '/dns/')).toEqual([
      'role dns-sync may no longer use /skydns/',
      'role dns-sync may read and write /dns/',
      'role authoritative-dns may no longer use /skydns/',
      'role authoritative-dns may read /dns/',
      'authentication is on',
    ]);
    expect(await attempt('dns-sync', 'sync-2', '/skydns/a', 'read')).toBe('SM_STORE_UNAUTHENTICATED');
  });

  it('names the password that is missing', () => {
    expect(() => wantedUsers(['dns-sync'], '/skydns/', {})).toThrow(/\$ETCD_PASSWORD_DNS_SYNC: the password of user dns-sync is missing/);
  });
});
