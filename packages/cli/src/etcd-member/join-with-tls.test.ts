import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEtcdAdmin } from '@seamark/kv-store-client/etcd';
import { etcdPrograms, etcdRequirement, eventually, temporaryFolder, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { issueCertificate, makeAuthority } from '../certificates/issue-certificate.ts';
import { settleAuthentication } from '../etcd-auth/settle-authentication.ts';
import { makeMemberSet } from './testing/member-set.ts';

const day = (days: number): Date => new Date(Date.now() + days * 86_400_000);

describe.skipIf(unmet('members with TLS and authentication', etcdRequirement())).each(etcdPrograms())(
  'members with TLS and $label',
  ({ path }) => {
    it('make a cluster, take users, and replace one that lost its data, with the certificates that are made for them', async () => {
      using folder = temporaryFolder('etcd-tls');
      const file = (name: string, text: string): string => {
        writeFileSync(join(folder.path, name), text);
        return join(folder.path, name);
      };
      const authority = makeAuthority('etcd', day(-1), day(2));
      const caFile = file('ca.crt', authority.certificate);
      const filesFor = (commonName: string, names: readonly string[]) => {
        const pair = issueCertificate({ commonName, names, usage: ['server', 'client'], notBefore: day(-1), notAfter: day(1) }, authority);
        return { caFile, certFile: file(`${commonName}.crt`, pair.certificate), keyFile: file(`${commonName}.key`, pair.key) };
      };
      const root = filesFor('root', []);
      const tls = filesFor('member', ['localhost', '127.0.0.1', '::1']);
      await using set = await makeMemberSet({ program: path, count: 3, tls, admin: { ...root, username: 'root', password: 'root-pw' } });
      await set.startAll([0, 1, 2]);
      await settle(
        set.members.map(({ clientUrl }) => clientUrl),
        root,
      );
      await set.kill(1);
      set.wipe(1);
      expect(await set.start(1)).toMatchObject({ state: 'existing' });
      expect(set.said(1).join('\n')).toContain('its old entry is removed');

      // Without the password the certificate called root is enough for etcd, without both nobody comes in.
      const admin = createEtcdAdmin({ endpoints: [set.members[0]?.clientUrl ?? ''], ...root });
      const stranger = createEtcdAdmin({ endpoints: [set.members[0]?.clientUrl ?? ''], caFile });
      try {
        expect(await eventually(() => admin.listUsers())).toEqual(expect.arrayContaining(['dns-sync', 'root']));
        await expect(stranger.listUsers()).rejects.toMatchObject({
          code: expect.stringMatching(/SM_STORE_(TLS|UNAVAILABLE|UNAUTHENTICATED)/),
        });
      } finally {
        admin.close();
        stranger.close();
      }
    });
  },
);

async function settle(endpoints: readonly string[], files: { caFile: string; certFile: string; keyFile: string }): Promise<void> {
  await eventually(
    () =>
      settleAuthentication({
        store: { endpoints, ...files },
        rootPassword: 'root-pw',
        users: [{ name: 'dns-sync', password: 'sync-pw', permissions: [{ access: 'readwrite', prefix: '/skydns/' }] }],
        openAdmin: createEtcdAdmin,
        report: () => undefined,
      }),
    { timeoutMs: 20_000, everyMs: 200 },
  );
}
