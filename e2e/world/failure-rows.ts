import { expect } from 'vitest';
import { ingress, pool, service, type TestObject } from './objects.ts';
import { expectAddresses, type World } from './world.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

/** A mistake that people make today, and what must be said about it. */
export interface FailureRow {
  readonly id: string;
  readonly title: string;
  /** Added to the command line. Rows with the same flags share a process. */
  readonly flags: readonly string[];
  readonly objects: readonly TestObject[];
  /** The object that the sentence stands on. */
  readonly on: TestObject;
  /** Object, cause and remedy, in the sentence that log, Event and plan have in common. */
  readonly says: readonly RegExp[];
}

const full = pool('lan', ['192.0.2.240-192.0.2.240'], { autoAssign: true });
const holder = service('full/holder', {}, { loadBalancerIP: '192.0.2.240' });
const late = service('full/web', { [hostname]: 'late.example.org' });
const named = service('full/named', { 'metallb.io/address-pool': 'lan' });
const unknownPool = service('staging/api', { 'metallb.universe.tf/address-pool': 'staging-pool' });
const clusterIp = service('web/inside', { [hostname]: 'inside.example.org' }, { type: 'ClusterIP' });
const noHost = ingress('t1/nohost', []);
const noAddress = ingress('demo/nginx', ['nginx.corp.example.org'], { className: 'nginx' });
const outside = ingress('t1/web', ['web.env.example.org'], { addresses: ['192.0.2.240'] });
const lonely = service('web/web', { [hostname]: 'lonely.example.org' });

/** Puts the objects of the rows; what holds the only address of a pool stands before somebody else can ask for it. */
export async function putRows(world: World, rows: readonly FailureRow[]): Promise<void> {
  const objects = [...new Set(rows.flatMap((row) => row.objects))];
  const first = [full, holder].filter((object) => objects.includes(object));
  await world.put(...first);
  if (first.includes(holder)) await expectAddresses(world, 'full/holder', (addresses) => expect(addresses).toEqual(['192.0.2.240']));
  await world.put(...objects.filter((object) => !first.includes(object)));
}

/** Every failure row that the first whole way can meet. */
export const failureRows: readonly FailureRow[] = [
  {
    id: 'A-F1',
    title: 'the domain filter does not match',
    flags: ['--domain-filter', 'apps.example.org'],
    objects: [outside],
    on: outside,
    says: [/no record for web\.env\.example\.org/, /outside domain filter \[apps\.example\.org\]/, /add env\.example\.org/],
  },
  {
    id: 'A-F2',
    title: 'the source is off',
    flags: ['--source', 'service'],
    objects: [outside],
    on: outside,
    says: [/Ingress t1\/web declares the name/, /source ingress is off \(on: service\)/, /add --source=ingress/],
  },
  {
    id: 'A-F3',
    title: 'the Ingress has no host',
    flags: [],
    objects: [noHost],
    on: noHost,
    says: [/Ingress t1\/nohost gives no name: no host in spec\.rules or spec\.tls, no hostname annotation/, /set spec\.rules/],
  },
  {
    id: 'A-F4',
    title: 'writer and reader have different prefixes',
    flags: ['--coredns-prefix', '/records/', '--dns-zone', 'env.example.org'],
    objects: [outside],
    on: outside,
    says: [/dns-sync writes under \/records\//, /zone env\.example\.org reads \/skydns\//, /set one prefix/],
  },
  {
    id: 'B-F1',
    title: 'the Service is no LoadBalancer',
    flags: [],
    objects: [clusterIp],
    on: clusterIp,
    says: [/Service web\/inside is ClusterIP: hostname publishes LoadBalancer addresses \(or use internal-hostname\)/, /spec\.type/],
  },
  {
    id: 'B-F2',
    title: 'the Service has no address yet',
    flags: [],
    objects: [full, holder, late],
    on: late,
    says: [/late\.example\.org/, /Service full\/web has no address/, /lan/, /1 of 1/, /record waits for it/],
  },
  {
    id: 'C-F5',
    title: 'the pool asked for does not exist',
    flags: [],
    objects: [full, holder, unknownPool],
    on: unknownPool,
    says: [/pool staging-pool, asked for by annotation, does not exist \(there is: lan\)/, /create pool staging-pool/],
  },
  {
    id: 'C-F6',
    title: 'the pool is exhausted',
    flags: [],
    objects: [full, holder, named],
    on: named,
    says: [/Service full\/named/, /lan/, /1 of 1 addresses in use/, /full\/holder/, /add a range/],
  },
  {
    id: 'E-F1',
    title: 'there is no pool at all',
    flags: ['--config-namespaces', 'nowhere'],
    objects: [lonely],
    on: lonely,
    says: [/Service web\/web cannot get an address: there is no IPAddressPool/, /create one/],
  },
  {
    id: 'E-F2',
    title: 'the ingress controller publishes no address',
    flags: [],
    objects: [noAddress],
    on: noAddress,
    says: [/Ingress demo\/nginx has no address/, /class nginx/, /publishService/],
  },
];

/** Rows that can stand in one process, by their flags. */
export function rowsByFlags(): ReadonlyMap<string, readonly FailureRow[]> {
  return Map.groupBy(failureRows, (row) => row.flags.join(' '));
}
