import { recordTypes, type RecordTypeName } from '../record-type.ts';
import type { FieldKind, RdataField } from './field-kind.ts';
import { eui48, eui64, ilnp64, ip4, ip6 } from './kinds/addresses.ts';
import { addressPrefixes } from './kinds/apl.ts';
import { base64, base64OrDash, base64OrNothing, hashedOwner, hex, nsap, salt } from './kinds/blobs.ts';
import { amtRelay, ipsecKey } from './kinds/gateway.ts';
import { hostIdentity } from './kinds/hip.ts';
import { location } from './kinds/loc.ts';
import { compressedName, expandedName, plainName } from './kinds/names.ts';
import { algorithm, certificateType, dsyncScheme, seconds, time, uint16, uint32, uint64, uint8 } from './kinds/numbers.ts';
import { caaTag, charString, charStrings, optionalCharString, restText, restTextNotEmpty } from './kinds/strings.ts';
import { svcParams } from './kinds/svc-params.ts';
import { sizedBase64, time48 } from './kinds/transaction-keys.ts';
import { recordType, typeBitmap } from './kinds/type-bitmap.ts';

type Fields = Readonly<Record<string, FieldKind>>;

const target: Fields = { name: compressedName };
const texts: Fields = { text: charStrings };
const key: Fields = { flags: uint16, protocol: uint8, algorithm };
const signature: Fields = {
  'type covered': recordType,
  algorithm,
  labels: uint8,
  'original TTL': seconds,
  expiration: time,
  inception: time,
  'key tag': uint16,
};
const digest: Fields = { 'key tag': uint16, algorithm, 'digest type': uint8, digest: hex };
const association: Fields = { usage: uint8, selector: uint8, 'matching type': uint8, data: hex };
const service: Fields = { priority: uint16, target: plainName, parameters: svcParams };

/**
 * The fields of RDATA by type, in order: the one place that says how a type looks as text and on the wire. Types that are missing
 * (NULL, WKS, A6, NXT and whatever comes) are opaque: their text is RFC 3597's.
 */
const fieldsByName: Readonly<Partial<Record<RecordTypeName, Fields>>> = {
  A: { address: ip4 },
  NS: target,
  MD: target,
  MF: target,
  CNAME: target,
  SOA: {
    'primary server': compressedName,
    mailbox: compressedName,
    serial: uint32,
    refresh: seconds,
    retry: seconds,
    expire: seconds,
    minimum: seconds,
  },
  MB: target,
  MG: target,
  MR: target,
  PTR: target,
  HINFO: { CPU: charString, OS: charString },
  MINFO: { 'responsible mailbox': compressedName, 'error mailbox': compressedName },
  MX: { preference: uint16, exchange: compressedName },
  TXT: texts,
  RP: { mailbox: expandedName, 'text name': expandedName },
  AFSDB: { subtype: uint16, hostname: expandedName },
  X25: { address: charString },
  ISDN: { address: charString, subaddress: optionalCharString },
  RT: { preference: uint16, host: expandedName },
  NSAP: { address: nsap },
  'NSAP-PTR': { name: plainName },
  SIG: { ...signature, signer: expandedName, signature: base64 },
  KEY: { ...key, key: base64OrNothing },
  PX: { preference: uint16, 'RFC 822 name': expandedName, 'X.400 name': expandedName },
  GPOS: { longitude: charString, latitude: charString, altitude: charString },
  AAAA: { address: ip6 },
  LOC: { location },
  EID: { endpoint: hex },
  NIMLOC: { locator: hex },
  SRV: { priority: uint16, weight: uint16, port: uint16, target: expandedName },
  NAPTR: { order: uint16, preference: uint16, flags: charString, service: charString, regexp: charString, replacement: expandedName },
  KX: { preference: uint16, exchanger: expandedName },
  CERT: { type: certificateType, 'key tag': uint16, algorithm, certificate: base64 },
  DNAME: { target: expandedName },
  APL: { prefixes: addressPrefixes },
  DS: digest,
  SSHFP: { algorithm: uint8, 'fingerprint type': uint8, fingerprint: hex },
  IPSECKEY: { IPSECKEY: ipsecKey },
  RRSIG: { ...signature, signer: plainName, signature: base64 },
  NSEC: { 'next name': plainName, types: typeBitmap },
  DNSKEY: { ...key, key: base64 },
  DHCID: { digest: base64 },
  NSEC3: { 'hash algorithm': uint8, flags: uint8, iterations: uint16, salt, 'next hashed owner': hashedOwner, types: typeBitmap },
  NSEC3PARAM: { 'hash algorithm': uint8, flags: uint8, iterations: uint16, salt },
  TLSA: association,
  SMIMEA: association,
  HIP: { HIP: hostIdentity },
  NINFO: texts,
  RKEY: { ...key, key: base64 },
  TALINK: { previous: plainName, next: plainName },
  CDS: digest,
  CDNSKEY: { ...key, key: base64 },
  OPENPGPKEY: { key: base64 },
  CSYNC: { serial: uint32, flags: uint16, types: typeBitmap },
  ZONEMD: { serial: uint32, scheme: uint8, 'hash algorithm': uint8, digest: hex },
  SVCB: service,
  HTTPS: service,
  DSYNC: { type: recordType, scheme: dsyncScheme, port: uint16, target: plainName },
  HHIT: { data: base64 },
  BRID: { data: base64 },
  SPF: texts,
  NID: { preference: uint16, 'node id': ilnp64 },
  L32: { preference: uint16, locator: ip4 },
  L64: { preference: uint16, locator: ilnp64 },
  LP: { preference: uint16, name: plainName },
  EUI48: { address: eui48 },
  EUI64: { address: eui64 },
  TKEY: {
    algorithm: plainName,
    inception: time,
    expiration: time,
    mode: uint16,
    error: uint16,
    'key data': sizedBase64,
    'other data': sizedBase64,
  },
  TSIG: {
    algorithm: plainName,
    'time signed': time48,
    fudge: uint16,
    MAC: sizedBase64,
    'original id': uint16,
    error: uint16,
    'other data': sizedBase64,
  },
  URI: { priority: uint16, weight: uint16, target: restTextNotEmpty },
  CAA: { flags: uint8, tag: caaTag, value: restText },
  AVC: texts,
  DOA: { enterprise: uint32, type: uint32, location: uint8, 'media type': charString, data: base64OrDash },
  AMTRELAY: { AMTRELAY: amtRelay },
  RESINFO: texts,
  WALLET: texts,
  CLA: texts,
  IPN: { number: uint64 },
  TA: digest,
  DLV: digest,
};

const fieldsByType: ReadonlyMap<number, readonly RdataField[]> = new Map(
  Object.entries(fieldsByName).map(([name, fields]) => [
    recordTypes[name as RecordTypeName],
    Object.entries(fields).map(([label, kind]) => ({ label, kind })),
  ]),
);

/** The fields of a type's RDATA in order; `undefined` for a type whose RDATA is opaque. */
export function rdataFields(type: number): readonly RdataField[] | undefined {
  return fieldsByType.get(type);
}

/** Codes of all types whose fields are known. */
export const typesWithFields: readonly number[] = [...fieldsByType.keys()];
