export {
  addressBits,
  addressFamily,
  addressFromBytes,
  addressToBytes,
  addToAddress,
  compareAddresses,
  ipv4FromNumber,
  ipv6FromBigInt,
  isIpv4Address,
  isIpv4MappedAddress,
  unmapAddress,
} from './address.ts';
export type { Address, AddressFamily, Ipv4Address, Ipv6Address } from './address.ts';
export {
  addressRange,
  formatAddressRange,
  parseAddressRange,
  prefixToRange,
  rangeContains,
  rangeSize,
  rangesOverlap,
  rangeToPrefixes,
  tryParseAddressRange,
} from './address-range.ts';
export type { AddressRange } from './address-range.ts';
export { createAddressSequence } from './address-sequence.ts';
export type { AddressIndex, AddressSequence, AddressSequenceOptions } from './address-sequence.ts';
export { formatAddress, parseAddress, tryParseAddress, tryParseZonedAddress } from './address-text.ts';
export type { ZonedAddress } from './address-text.ts';
export { dnsNameLabels, isSubdomainOf, isWildcardDnsName, normalizeDnsName, parentDnsName, tryNormalizeDnsName } from './dns-name.ts';
export { dnsNameFromWire, dnsNameToWire, maxLabelOctets, maxNameOctets, tryDnsNameToWire } from './dns-name-wire.ts';
export type { Endpoint, ProviderSpecificProperty, RecordType } from './endpoint.ts';
export { tryParseGoDuration } from './go-duration.ts';
export type {
  Condition,
  DnsEndpoint,
  DnsEndpointEntry,
  HttpRoute,
  Ingress,
  IngressClass,
  IPAddressPool,
  KubernetesObject,
  Lease,
  LoadBalancerIngress,
  NamedObject,
  ObjectMeta,
  Service,
  Workload,
} from './kubernetes-object.ts';
export { formatObjectRef, objectRefKey } from './object-ref.ts';
export type { ObjectRef } from './object-ref.ts';
export { parsed, unparsable } from './parse-result.ts';
export type { ParseResult } from './parse-result.ts';
export { formatPrefix, parsePrefix, prefixContains, prefixOf, tryParsePrefix } from './prefix.ts';
export type { Prefix } from './prefix.ts';
export { addressOfReverseName, isReverseName, reverseNameOf } from './reverse-name.ts';
export { maxTtlSeconds, tryParseTtlSeconds } from './ttl.ts';
