export { createDnsSync } from './dns-sync.ts';
export type { DnsSync } from './dns-sync.ts';
export type { DnsSyncOptions } from './dns-sync-options.ts';
export { createEtcdProvider } from './providers/etcd/index.ts';
export type { EtcdProviderOptions } from './providers/etcd/index.ts';
export type {
  Adjusted,
  ApplyOutcome,
  NameChange,
  OpenProvider,
  Provider,
  ProviderCapabilities,
  ProviderContext,
  ProviderListener,
} from './providers/provider.ts';
export { createOwnershipNames, formatOwnershipText, tryParseOwnershipText } from './registry/index.ts';
export type { OwnedName, OwnershipLabels, OwnershipNameOptions, OwnershipNames, OwnershipTextOptions } from './registry/index.ts';
export type { ServedZones } from './reconcile/admission.ts';
export type { RecordEvent } from './reconcile/published-records.ts';
export { policies } from './plan/index.ts';
export type { Policy } from './plan/index.ts';
export { sourceNames } from './sources/index.ts';
export type { SourceName } from './sources/index.ts';
