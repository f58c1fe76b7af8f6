/**
 * Codes of the record types that have a name (IANA "DNS Parameters", Resource Record TYPEs). A type that is missing here is still
 * carried, as opaque RDATA, and written `TYPEnnn` (RFC 3597).
 */
export const recordTypes = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
} as const;

/** Name of a record type that has one. */
export type RecordTypeName = keyof typeof recordTypes;

const namesByCode = new Map<number, string>(Object.entries(recordTypes).map(([name, code]) => [code, name]));
const codesByName = new Map<string, number>(Object.entries(recordTypes));

/** `A`, `HTTPS`, …; `TYPE1000` for a code without a name (RFC 3597 5). */
export function recordTypeName(code: number): string {
  return namesByCode.get(code) ?? `TYPE${code}`;
}

/** The code of a type as people write it, in any case, `TYPE1000` included; `undefined` when it is none. */
export function recordTypeCode(name: string): number | undefined {
  const exact = codesByName.get(name);
  if (exact !== undefined) return exact;
  const upper = name.toUpperCase();
  return codesByName.get(upper) ?? numberBehind('TYPE', upper);
}

/**
 * Whether a type can never stand in a zone: OPT (RFC 6891 6.1.1), the types of questions and of single messages (RFC 6895 3.1:
 * 128 to 255), and 0, which is reserved.
 */
export function isMetaType(code: number): boolean {
  return code === 0 || code === recordTypes.OPT || (code >= 128 && code <= 255);
}

const classNames: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CH', 3],
  ['CHAOS', 3],
  ['HS', 4],
  ['NONE', 254],
  ['ANY', 255],
]);

/** `IN`, `CH`, `HS`, `NONE`, `ANY`; `CLASS32` for a code without a name (RFC 3597 5). */
export function recordClassName(code: number): string {
  for (const [name, value] of classNames) if (value === code) return name;
  return `CLASS${code}`;
}

/** The code of a class as people write it, in any case, `CLASS32` included; `undefined` when it is none. */
export function recordClassCode(name: string): number | undefined {
  if (name === 'IN') return 1;
  const upper = name.toUpperCase();
  return classNames.get(upper) ?? numberBehind('CLASS', upper);
}

function numberBehind(word: string, text: string): number | undefined {
  if (!text.startsWith(word)) return undefined;
  const digits = text.slice(word.length);
  return /^[0-9]{1,5}$/.test(digits) && Number(digits) <= 0xffff ? Number(digits) : undefined;
}
