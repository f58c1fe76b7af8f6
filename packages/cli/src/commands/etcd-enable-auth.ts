import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@seamark/common/config';
import { isSeamarkError, SeamarkError } from '@seamark/common/errors';
import { createEtcdAdmin } from '@seamark/kv-store-client/etcd';
import { etcdOptions } from '../compose/etcd-options.ts';
import { settleAuthentication } from '../etcd-auth/settle-authentication.ts';
import { wantedUsers } from '../etcd-auth/wanted-users.ts';
import { print } from '../output/print.ts';

/** `seamark etcd enable-auth`: root's password is $ETCD_PASSWORD, the one before it $ETCD_PREVIOUS_PASSWORD. */
export async function etcdEnableAuth(config: Config, options: Readonly<Record<string, unknown>>): Promise<void> {
  const { endpoints, password } = config.store;
  if (endpoints.length === 0) throw new SeamarkError('SM_CONFIG_INVALID', 'store.endpoints: give --etcd URL or $ETCD_URLS');
  if (password === undefined) throw new SeamarkError('SM_CONFIG_INVALID', 'store.password: give the password of root as $ETCD_PASSWORD');
  const users = wantedUsers(options['user'] as readonly string[], options['prefix'] as string, process.env);
  const { username: _username, password: _password, ...store } = etcdOptions(config, endpoints);
  const previous = process.env['ETCD_PREVIOUS_PASSWORD'];
  const deadline = performance.now() + (options['timeout'] as number) * 1000;
  let said = '';
  for (;;) {
    try {
      await settleAuthentication({
        store,
        rootPassword: password,
        ...(previous === undefined || previous === '' ? {} : { previousRootPassword: previous }),
        users,
        openAdmin: createEtcdAdmin,
        report: print,
      });
      return;
    } catch (error) {
      // The members may still be joining; what has been done already is left as it is by the next round.
      if (!isSeamarkError(error, 'SM_STORE_UNAVAILABLE') || performance.now() >= deadline) throw error;
      if (error.message !== said) print(`waiting: ${error.message}`);
      said = error.message;
      await delay(1_000);
    }
  }
}
