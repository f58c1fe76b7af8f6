import { isSeamarkError } from '@seamark/common/errors';
import type { EtcdAdmin, EtcdStoreOptions } from '@seamark/kv-store-client/etcd';
import type { WantedUser } from './wanted-users.ts';

/** Options of {@link settleAuthentication}. */
export interface AuthenticationOptions {
  /** How etcd is reached, without user and password. */
  readonly store: EtcdStoreOptions;
  readonly rootPassword: string;
  /** The password that root may still have when it has just been renewed. */
  readonly previousRootPassword?: string | undefined;
  readonly users: readonly WantedUser[];
  readonly openAdmin: (options: EtcdStoreOptions) => EtcdAdmin;
  /** Told what has been done, one sentence each. */
  readonly report: (sentence: string) => void;
}

/**
 * Makes the users with their passwords and rights, and turns authentication on. What is so already stays as it is; users and roles of
 * others are left alone. Throws SM_STORE_UNAUTHENTICATED when no way in as root is left.
 */
export async function settleAuthentication(options: AuthenticationOptions): Promise<void> {
  const { users, report } = options;
  const { admin, way } = await openAsRoot(options);
  try {
    const present = new Set(await admin.listUsers());
    const roles = new Set(await admin.listRoles());
    for (const { name, permissions } of users) {
      if (!roles.has(name)) await admin.addRole(name);
      await settlePermissions(admin, name, permissions, report);
    }
    if (!roles.has('root')) await admin.addRole('root');
    // Root comes last: with its password the session that all of this is done in ends.
    for (const { name, password } of [...users, { name: 'root', password: options.rootPassword }]) {
      const isNew = !present.has(name);
      if (isNew) {
        await admin.addUser(name, password);
        report(`user ${name} has been made`);
      }
      if (isNew || !(await admin.rolesOfUser(name)).includes(name)) await admin.grantRole(name, name);
      if (isNew || (await isPassword(options, name, password))) continue;
      await admin.changePassword(name, password);
      report(`user ${name} has its present password`);
    }
  } finally {
    admin.close();
  }
  const root = options.openAdmin({ ...options.store, username: 'root', password: options.rootPassword });
  try {
    await root.enableAuthentication();
  } finally {
    root.close();
  }
  report(way === 'open' ? 'authentication has been turned on' : 'authentication is on');
}

/** Tries, in this order: the password, the one before it, and the client certificate (which lets root in when its name is root). */
async function openAsRoot({ store, rootPassword, previousRootPassword, openAdmin }: AuthenticationOptions) {
  const passwords = [rootPassword, ...(previousRootPassword === undefined ? [] : [previousRootPassword])];
  let refused: unknown;
  for (const credentials of [...passwords.map((password) => ({ username: 'root', password })), {}]) {
    const admin = openAdmin({ ...store, ...credentials });
    try {
      await admin.listUsers();
      const isOpen = 'username' in credentials && (await answersAnybody(store, openAdmin));
      return { admin, way: isOpen ? ('open' as const) : ('root' as const) };
    } catch (error) {
      admin.close();
      if (!isSeamarkError(error, 'SM_STORE_UNAUTHENTICATED')) throw error;
      refused ??= error;
    }
  }
  throw refused;
}

/** True while authentication is off: then users may be listed without being one. A certificate would make us one. */
async function answersAnybody(store: EtcdStoreOptions, openAdmin: AuthenticationOptions['openAdmin']): Promise<boolean> {
  const admin = openAdmin({ ...store, username: 'nobody', password: 'nobody' });
  try {
    await admin.listUsers();
    return true;
  } catch (error) {
    if (isSeamarkError(error, 'SM_STORE_UNAUTHENTICATED')) return false;
    throw error;
  } finally {
    admin.close();
  }
}

/** False as well when authentication is off: etcd then tells nobody whether a password is right. */
async function isPassword({ store, openAdmin }: AuthenticationOptions, username: string, password: string): Promise<boolean> {
  if (await answersAnybody(store, openAdmin)) return false;
  const admin = openAdmin({ ...store, username, password });
  try {
    await admin.rolesOfUser(username);
    return true;
  } catch (error) {
    if (isSeamarkError(error, 'SM_STORE_UNAUTHENTICATED')) return false;
    throw error;
  } finally {
    admin.close();
  }
}

async function settlePermissions(
  admin: EtcdAdmin,
  role: string,
  wanted: WantedUser['permissions'],
  report: (sentence: string) => void,
): Promise<void> {
  const present = await admin.permissionsOfRole(role);
  for (const permission of present) {
    if (!wanted.some(({ prefix }) => prefix === permission.prefix)) {
      await admin.revokePermission(role, permission);
      report(`role ${role} may no longer use ${permission.prefix}`);
    }
  }
  for (const permission of wanted) {
    if (present.some(({ access, prefix }) => access === permission.access && prefix === permission.prefix)) continue;
    await admin.grantPermission(role, permission);
    report(`role ${role} may ${permission.access === 'read' ? 'read' : 'read and write'} ${permission.prefix}`);
  }
}
