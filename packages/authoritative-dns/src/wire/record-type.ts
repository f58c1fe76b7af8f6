/**
 * Codes of the record types in use (IANA "DNS Parameters", Resource Record TYPEs). A type that is missing here is still carried,
 * as opaque RDATA (RFC 3597).
 */
export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

/** Name of a record type that has one. */
export type RecordTypeName = keyof typeof recordTypes;

const namesByCode = new Map<number, string>(Object.entries(recordTypes).map(([name, code]) => [code, name]));

/** `A`, `HTTPS`, …; `TYPE1000` for a code without a name (RFC 3597 5). */
export function recordTypeName(code: number): string {
  return namesByCode.get(code) ?? `TYPE${code}`;
}

/** The code of a type as people write it, in any case, `TYPE1000` included; `undefined` when it is none. */
export function recordTypeCode(name: string): number | undefined {
  const upper = name.toUpperCase();
  if (Object.hasOwn(recordTypes, upper)) return recordTypes[upper as RecordTypeName];
  const digits = /^TYPE([0-9]{1,5})$/.exec(upper)?.[1];
  return digits !== undefined && Number(digits) <= 0xffff ? Number(digits) : undefined;
}
