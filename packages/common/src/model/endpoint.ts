/** The record types that Seamark's sources can ask for. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'SRV' | 'MX' | 'PTR' | 'NS' | 'NAPTR' | 'DNAME' | 'CAA' | 'SVCB' | 'HTTPS';

/** A property that only one provider understands, as ExternalDNS writes it (`aws/weight`, `coredns/group`). */
export interface ProviderSpecificProperty {
  readonly name: string;
  readonly value: string;
}

/**
 * The wish for one record set: a name, a type and its targets. The same shape as ExternalDNS's `endpoint.Endpoint`, so that
 * `seamark plan -o json`, DNSEndpoint objects and the webhook protocol speak it unchanged.
 */
export interface Endpoint {
  /** Lower-case ASCII (IDNA applied), no trailing dot; see normalizeDnsName. */
  readonly dnsName: string;
  readonly recordType: RecordType;
  /** Sorted, without duplicates. Addresses canonical; names without trailing dot except in SRV and NAPTR. */
  readonly targets: readonly string[];
  /** Seconds, 1..2147483647; absent = not asked for (the provider's default holds). */
  readonly recordTTL?: number;
  readonly setIdentifier?: string;
  /** `resource` = `<kind>/<namespace>/<name>` in lower case (`service/web/web`), and what a registry keeps. */
  readonly labels: Readonly<Record<string, string>>;
  readonly providerSpecific: readonly ProviderSpecificProperty[];
}
