import type { DirectiveSetup } from '../chain/setup.ts';
import { aclSetup } from './acl/setup.ts';
import { anySetup } from './any/setup.ts';
import { bindSetup } from './bind/setup.ts';
import { bufsizeSetup } from './bufsize/setup.ts';
import { cacheSetup } from './cache/setup.ts';
import { cancelSetup } from './cancel/setup.ts';
import { chaosSetup } from './chaos/setup.ts';
import { connectionsSetup } from './connections/setup.ts';
import { cookiesSetup } from './cookies/setup.ts';
import { debugSetup } from './debug/setup.ts';
import { directiveOrder } from './directive-order.ts';
import { errorsSetup } from './errors/setup.ts';
import { etcdSetup } from './etcd/setup.ts';
import { fileSetup } from './file/setup.ts';
import { forwardSetup } from './forward/setup.ts';
import { headerSetup } from './header/setup.ts';
import { healthSetup } from './health/setup.ts';
import { hostsSetup } from './hosts/setup.ts';
import { loadbalanceSetup } from './loadbalance/setup.ts';
import { localSetup } from './local/setup.ts';
import { logSetup } from './log/setup.ts';
import { loopSetup } from './loop/setup.ts';
import { minimalSetup } from './minimal/setup.ts';
import { multisocketSetup } from './multisocket/setup.ts';
import { nsidSetup } from './nsid/setup.ts';
import { prometheusSetup } from './prometheus/setup.ts';
import { readySetup } from './ready/setup.ts';
import { reloadSetup } from './reload/setup.ts';
import { rewriteSetup } from './rewrite/setup.ts';
import { rootSetup } from './root/setup.ts';
import { rrlSetup } from './rrl/setup.ts';
import { timeoutsSetup } from './timeouts/setup.ts';
import { tlsSetup } from './tls/setup.ts';
import { whoamiSetup } from './whoami/setup.ts';

const setups: readonly DirectiveSetup[] = [
  aclSetup,
  anySetup,
  bindSetup,
  bufsizeSetup,
  cacheSetup,
  cancelSetup,
  chaosSetup,
  connectionsSetup,
  cookiesSetup,
  debugSetup,
  errorsSetup,
  etcdSetup,
  fileSetup,
  forwardSetup,
  headerSetup,
  healthSetup,
  hostsSetup,
  loadbalanceSetup,
  localSetup,
  logSetup,
  loopSetup,
  minimalSetup,
  multisocketSetup,
  nsidSetup,
  prometheusSetup,
  readySetup,
  reloadSetup,
  rewriteSetup,
  rootSetup,
  rrlSetup,
  timeoutsSetup,
  tlsSetup,
  whoamiSetup,
];

/** Every directive that a Corefile may have, in the order in which a chain asks them. */
export const directiveRegistry: readonly DirectiveSetup[] = setups.toSorted(
  (one, other) => directiveOrder.indexOf(one.name) - directiveOrder.indexOf(other.name),
);
