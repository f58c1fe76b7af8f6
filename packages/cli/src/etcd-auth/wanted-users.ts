import type { EtcdPermission } from '@seamark/kv-store-client/etcd';
import { SeamarkError } from '@seamark/common/errors';

/** A user of etcd with a role of the same name that has exactly these rights. */
export interface WantedUser {
  readonly name: string;
  readonly password: string;
  readonly permissions: readonly EtcdPermission[];
}

/** The users that Seamark's components have: who may do what below the prefix. */
export const componentAccess: Readonly<Record<string, EtcdPermission['access']>> = {
  'dns-sync': 'readwrite',
  // It answers anybody on the network, so it may not write.
  'authoritative-dns': 'read',
};

/** The environment variable that holds a user's password: `ETCD_PASSWORD_DNS_SYNC`. */
export function passwordVariable(user: string): string {
  return `ETCD_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The users to make, with passwords out of the environment. Throws SM_CONFIG_INVALID for a password that is missing or a user whose
 * rights are not known.
 */
export function wantedUsers(names: readonly string[], prefix: string, env: Readonly<Record<string, string | undefined>>): WantedUser[] {
  return names.map((name) => {
    const access = componentAccess[name];
    if (access === undefined)
      throw new SeamarkError('SM_CONFIG_INVALID', `--user: "${name}" is not possible; allowed: ${Object.keys(componentAccess).join(', ')}`);
    const password = env[passwordVariable(name)] ?? '';
    if (password === '') throw new SeamarkError('SM_CONFIG_INVALID', `$${passwordVariable(name)}: the password of user ${name} is missing`);
    return { name, password, permissions: [{ access, prefix }] };
  });
}
