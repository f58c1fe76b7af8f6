import { z } from 'zod';
import { tryNormalizeDnsName } from '../../model/dns-name.ts';
import { listenAddressSchema, keyPrefixSchema, listOf, secondsSchema, setting, wholeNumberSchema } from '../setting.ts';

const commands = ['up', 'authoritative-dns'] as const;
const zoneName = z.string().refine((text) => tryNormalizeDnsName(text).ok, 'allowed: a DNS name');

/** Settings of authoritative-dns. */
export const authoritativeDnsSettings = {
  listen: setting(listOf(listenAddressSchema).default(['127.0.0.1:1053']), 'Where DNS is answered, by UDP and TCP', {
    flag: 'dns-listen',
    value: 'ADDR:PORT,…',
    commands,
  }),
  threads: setting(wholeNumberSchema(1, 256).default(1), 'Threads that answer by UDP, for each address listened on (native part only)', {
    flag: 'dns-threads',
    value: 'COUNT',
    commands,
  }),
  zones: setting(
    listOf(zoneName).default([]),
    'Zones that are answered for; without any, `up` takes the domain filters, or the last two labels of each stored name',
    {
      flag: 'dns-zone',
      value: 'ZONE,…',
      commands: ['up', 'plan', 'authoritative-dns'],
    },
  ),
  prefix: setting(keyPrefixSchema.default('/skydns/'), 'Key prefix that is read (path of CoreDNS’s etcd plugin)', {
    flag: 'dns-prefix',
    value: 'PREFIX',
    commands: ['up', 'plan', 'authoritative-dns'],
  }),
  negativeTtlSeconds: setting(secondsSchema(0, 86_400).default(5), 'How long resolvers may remember that a name does not exist', {
    flag: 'dns-negative-ttl',
    value: 'SECONDS',
    commands,
  }),
  lameDuckSeconds: setting(
    secondsSchema(0, 3_600).default(0),
    'How long questions are still answered after SIGTERM, while /readyz says so and load balancers send them elsewhere',
    {
      flag: 'dns-lame-duck',
      value: 'SECONDS',
      commands: ['authoritative-dns'],
    },
  ),
  nameServers: setting(listOf(z.string()).default([]), 'Name servers of the zones (NS and SOA); default ns1.<zone>', {
    flag: 'dns-name-server',
    value: 'NAME,…',
    commands,
  }),
  hostmaster: setting(z.string().optional(), 'Mailbox in the SOA, as a name; default hostmaster.<zone>', {
    flag: 'dns-hostmaster',
    value: 'NAME',
    commands,
  }),
};
