import type { Cluster } from '@seamark/common/cluster';
import type { Clock, LeaderElection } from '@seamark/common/controller';
import type { Logger, Registry } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';
import type { DomainFilterOptions } from './endpoints/domain-filter.ts';
import type { Policy } from './plan/plan-name.ts';
import type { Provider } from './providers/provider.ts';
import type { ServedZones } from './reconcile/admission.ts';
import type { SourceName, SourceOptions } from './sources/source-options.ts';

/** Options of {@link createDnsSync}. Those with an ExternalDNS flag of the same meaning carry its name and default. */
export interface DnsSyncOptions extends SourceOptions, DomainFilterOptions {
  readonly cluster: Cluster;
  readonly provider: Provider;
  readonly reasons: ReasonStream;
  readonly logger: Logger;
  /** Where metrics are registered. */
  readonly metrics: Registry;
  /** Only the leader writes; every write carries its leadership's signal. */
  readonly leaderElection: LeaderElection;
  /** Default: service, ingress, crd. */
  readonly sources?: readonly SourceName[];
  /** Only objects of these namespaces. Default: all. */
  readonly namespaces?: readonly string[];
  /** Default `sync`. (ExternalDNS has none and demands the flag.) */
  readonly policy?: Policy;
  /** How ownership is kept. Default `txt`. */
  readonly registry?: 'txt' | 'noop';
  /** Default `default`. */
  readonly txtOwnerId?: string;
  /** Excludes txtSuffix. */
  readonly txtPrefix?: string;
  readonly txtSuffix?: string;
  readonly txtWildcardReplacement?: string;
  /** Default A, AAAA, CNAME. Endpoints of other types are reported and left out. */
  readonly managedRecordTypes?: readonly string[];
  /** TTL of records that ask for none; ExternalDNS's --min-ttl, which is a default and not a minimum. Default: none. */
  readonly minTtlSeconds?: number;
  /** What the DNS server reads, when it is known: names that it would look for elsewhere are reported (PREFIX_MISMATCH). */
  readonly servedZones?: ServedZones;
  /** Also look at objects of sources that are off, to say why they have no record. Needs permission to list them. Default true. */
  readonly observeUnusedSources?: boolean;
  /** How long an object may wait for its address before that is reported. Default 2,000 ms; 0 = at once. */
  readonly waitingGraceMs?: number;
  readonly clock?: Clock;
}
