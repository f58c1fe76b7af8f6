import { isSeamarkError } from '@seamark/common/errors';
import type { EtcdAdmin, EtcdMember, EtcdPermission } from './admin.ts';
import { EtcdConnection } from './connection.ts';
import type { EtcdService } from './grpc-host.ts';
import { compileEtcdOptions, type EtcdStoreOptions } from './options.ts';
import { wireRange } from './wire.ts';

interface WireMember {
  readonly ID: string;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}
interface WireStatus {
  readonly header: { readonly member_id: string };
  readonly version: string;
  readonly leader: string;
  readonly isLearner: boolean;
}
interface WirePermission {
  readonly permType: 'Read' | 'Write' | 'Readwrite';
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** Opens an {@link EtcdAdmin} on etcd 3.4 or later. Nothing is connected before the first request. Throws SM_CONFIG_INVALID. */
export function createEtcdAdmin(options: EtcdStoreOptions): EtcdAdmin {
  const connection = new EtcdConnection(compileEtcdOptions(options));
  const ask = <T>(service: EtcdService, method: string, request: object, repeatable: boolean, signal?: AbortSignal): Promise<T> =>
    connection.unary<T>(service, method, request, { repeatable, signal });
  const auth = async (method: string, request: object): Promise<void> => {
    await ask('Auth', method, request, false);
  };

  return {
    async listMembers(signal) {
      // `linearizable` is unknown to 3.4, and a member that has lost its leader lists what it remembers: a read of a key cannot.
      await ask('KV', 'range', { key: Buffer.from('/'), keys_only: true }, true, signal);
      const { members } = await ask<{ members: readonly WireMember[] }>('Cluster', 'memberList', { linearizable: true }, true, signal);
      return members.map(memberOf);
    },
    async addMember(peerUrls, isLearner) {
      const { member } = await ask<{ member: WireMember }>('Cluster', 'memberAdd', { peerURLs: peerUrls, isLearner }, false);
      return memberOf(member);
    },
    async removeMember(id) {
      await ask('Cluster', 'memberRemove', { ID: id }, false);
    },
    async promoteMember(id) {
      await ask('Cluster', 'memberPromote', { ID: id }, false);
    },
    async memberStatus(endpoint, timeoutMs) {
      // Without credentials: a token needs a quorum, and a member without one is alive all the same.
      const { username: _user, password: _password, ...anonymous } = options;
      const single = new EtcdConnection(
        compileEtcdOptions({ ...anonymous, endpoints: [endpoint], dialTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs }),
      );
      try {
        const status = await single.unary<WireStatus>('Maintenance', 'status', {}, { repeatable: false });
        return { memberId: status.header.member_id, version: status.version, leaderId: status.leader, isLearner: status.isLearner };
      } catch (error) {
        if (isSeamarkError(error, 'SM_STORE_UNAVAILABLE') || isSeamarkError(error, 'SM_STORE_TLS')) return undefined;
        throw error;
      } finally {
        single.close();
      }
    },
    listUsers: async () => (await ask<{ users: readonly string[] }>('Auth', 'userList', {}, true)).users,
    addUser: (name, password) => auth('userAdd', { name, password, options: { no_password: false } }),
    changePassword: (name, password) => auth('userChangePassword', { name, password }),
    rolesOfUser: async (name) => (await ask<{ roles: readonly string[] }>('Auth', 'userGet', { name }, true)).roles,
    grantRole: (user, role) => auth('userGrantRole', { user, role }),
    listRoles: async () => (await ask<{ roles: readonly string[] }>('Auth', 'roleList', {}, true)).roles,
    addRole: (name) => auth('roleAdd', { name }),
    async permissionsOfRole(role) {
      const { perm } = await ask<{ perm: readonly WirePermission[] }>('Auth', 'roleGet', { role }, true);
      return perm.flatMap(permissionOf);
    },
    grantPermission: (role, { access, prefix }) =>
      auth('roleGrantPermission', { name: role, perm: { permType: access === 'read' ? 'Read' : 'Readwrite', ...wireRange({ prefix }) } }),
    revokePermission: (role, { prefix }) => auth('roleRevokePermission', { role, ...wireRange({ prefix }) }),
    enableAuthentication: () => auth('authEnable', {}),
    close: () => connection.close(),
  };
}

function memberOf(wire: WireMember): EtcdMember {
  return { id: wire.ID, name: wire.name, peerUrls: wire.peerURLs, clientUrls: wire.clientURLs, isLearner: wire.isLearner };
}

/** Only rights on whole prefixes: others are not of our making and stay as they are. */
function permissionOf({ permType, key, range_end: end }: WirePermission): EtcdPermission[] {
  const prefix = key.toString('utf8');
  const whole = wireRange({ prefix }).range_end;
  if (permType === 'Write' || whole === undefined || !whole.equals(end)) return [];
  return [{ access: permType === 'Read' ? 'read' : 'readwrite', prefix }];
}
