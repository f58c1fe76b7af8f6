import { programRequirement, type Requirement, type TestProcess } from '@seamark/testkit';

import { addresses } from './addresses.ts';
import type { Internet } from './internet.ts';

/** What {@link startResolver} needs. */
export function resolverRequirement(): Requirement {
  return programRequirement('unbound', 'unbound');
}

/**
 * Starts unbound as a resolver that begins at the root, mixes upper and lower case in its questions, compares what comes back, asks
 * for no more of a name than it must, validates, and trusts as little as it can be told to.
 */
export function startResolver(internet: Internet): Promise<TestProcess> {
  const { ipv4, ipv6 } = addresses.resolver;
  const configuration = internet.write(
    'unbound.conf',
    `server:
  directory: "${internet.folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 2
  interface: ${ipv4}
  interface: ${ipv6}
  outgoing-interface: ${ipv4}
  outgoing-interface: ${ipv6}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  root-hints: "${internet.hints}"
  module-config: "validator iterator"
  trust-anchor-file: "${internet.trustAnchor}"
  use-caps-for-id: yes
  qname-minimisation: yes
  qname-minimisation-strict: yes
  harden-large-queries: yes
  harden-short-bufsize: yes
  harden-referral-path: yes
  do-not-query-localhost: no
  msg-cache-size: 0
  rrset-cache-size: 1m
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  edns-buffer-size: 1232
remote-control:
  control-enable: no
`,
  );
  return internet.start('unbound', ['-d', '-p', '-c', configuration], /start of service/);
}
