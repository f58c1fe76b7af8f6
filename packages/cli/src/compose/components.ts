import type { AuthoritativeDns } from '@seamark/authoritative-dns';
import type { Cluster } from '@seamark/common/cluster';
import type { DnsSync } from '@seamark/dns-sync';
import type { KvStore } from '@seamark/kv-store-client';
import type { LbController } from '@seamark/lb-controller';
import type { Runtime } from './runtime.ts';
import type { Writers } from './writers.ts';

/** lb-controller as the configuration wants it. */
export async function composeLbController(runtime: Runtime, cluster: Cluster, writers: Writers): Promise<LbController> {
  const { createLbController } = await import('@seamark/lb-controller');
  const { loadBalancerClass } = runtime.config.lbController;
  return createLbController({
    cluster,
    reasons: runtime.reasons,
    logger: runtime.logger,
    metrics: runtime.metrics,
    leaderElection: writers.election('lb-controller'),
    configNamespaces: runtime.config.process.configNamespaces,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
  });
}

/** What dns-sync may know of the rest of its process. */
export interface DnsSyncParts {
  readonly writers: Writers;
  /** How long a record may wait for its address before that is worth saying. Default: dns-sync's own. */
  readonly waitingGraceMs?: number;
  /** This process also answers, so a difference of prefixes can be told. */
  readonly servesDns: boolean;
}

/** dns-sync as the configuration wants it. */
export async function composeDnsSync(runtime: Runtime, cluster: Cluster, store: KvStore, parts: DnsSyncParts): Promise<DnsSync> {
  const { createDnsSync, createEtcdProvider } = await import('@seamark/dns-sync');
  const { dnsSync, authoritativeDns } = runtime.config;
  const { prefix, regexDomainFilter, regexDomainExclusion, excludeRecordTypes, managedRecordTypes, ...options } = dnsSync;
  const logger = runtime.logger.child('dns-sync');
  const zones = zonesOf(runtime);
  const component = createDnsSync({
    ...options,
    ...(regexDomainFilter === undefined ? {} : { regexDomainFilter }),
    ...(regexDomainExclusion === undefined ? {} : { regexDomainExclusion }),
    managedRecordTypes: managedRecordTypes.filter((type) => !excludeRecordTypes.includes(type)),
    ...(parts.waitingGraceMs === undefined ? {} : { waitingGraceMs: parts.waitingGraceMs }),
    cluster,
    provider: createEtcdProvider({ store, prefix }),
    reasons: runtime.reasons,
    logger,
    metrics: runtime.metrics,
    leaderElection: parts.writers.election('dns-sync'),
    ...(parts.servesDns ? { servedZones: { prefix: authoritativeDns.prefix, zones: zones === 'auto' ? ['.'] : zones } } : {}),
  });
  runtime.readiness.set('dns-sync', () => component.notReady());
  return component;
}

/** authoritative-dns as the configuration wants it. */
export async function composeAuthoritativeDns(runtime: Runtime, store: KvStore): Promise<AuthoritativeDns> {
  const { createAuthoritativeDns } = await import('@seamark/authoritative-dns');
  const { authoritativeDns } = runtime.config;
  const component = createAuthoritativeDns({
    store,
    prefix: authoritativeDns.prefix,
    zones: zonesOf(runtime),
    listen: authoritativeDns.listen.flatMap(listenAddresses),
    threads: authoritativeDns.threads,
    soa: {
      negativeTtlSeconds: authoritativeDns.negativeTtlSeconds,
      ...(authoritativeDns.hostmaster === undefined ? {} : { rname: authoritativeDns.hostmaster }),
    },
    nameServers: authoritativeDns.nameServers.map((name) => ({ name })),
    reasons: runtime.reasons,
    logger: runtime.logger,
    metrics: runtime.metrics,
  });
  runtime.readiness.set('authoritative-dns', () =>
    component.state().phase === 'serving' ? undefined : 'the records have not been read yet',
  );
  return component;
}

/** The zones that are answered for: those configured, else the domain filters, else whatever is stored. */
export function zonesOf(runtime: Runtime): readonly string[] | 'auto' {
  const { authoritativeDns, dnsSync } = runtime.config;
  if (authoritativeDns.zones.length > 0) return authoritativeDns.zones;
  return dnsSync.domainFilters.length > 0 ? dnsSync.domainFilters.map((filter) => filter.replace(/^\./, '')) : 'auto';
}

/** `:53` means every IPv4 and IPv6 address, `localhost` 127.0.0.1. The schema has checked the form. */
function listenAddresses(text: string): readonly string[] {
  if (text.startsWith(':')) return [`0.0.0.0${text}`, `[::]${text}`];
  return [text.replace(/^localhost:/, '127.0.0.1:')];
}
