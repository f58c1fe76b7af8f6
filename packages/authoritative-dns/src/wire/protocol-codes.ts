/** Class Internet, that of all zones (RFC 1035 3.2.4). */
export const classIn = 1;

/** Class Chaos, in which servers are asked about themselves (RFC 4892). */
export const classChaos = 3;

/** Classes of updates from here on: NONE 254 and ANY 255, which is also that of questions (RFC 2136 1.2). */
export const classNone = 254;

/** Class ANY, that of TSIG records (RFC 8945 4.2). */
export const classAny = 255;

/** Response codes (IANA "DNS RCODEs"). Those from 16 on need the extended bits of an OPT record. */
export const responseCodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const;

/** Extended DNS Error codes (RFC 8914 4). */
export const extendedErrors = { notReady: 14, blocked: 15, prohibited: 18, notAuthoritative: 20, notSupported: 21 } as const;

const responseCodeNames = new Map<number, string>(Object.entries(responseCodes).map(([name, code]) => [code, name]));

/** `NXDOMAIN`, …; `RCODE17` for a code without a name here. */
export function responseCodeName(code: number): string {
  return responseCodeNames.get(code) ?? `RCODE${code}`;
}

/** EDNS option codes (RFC 6891 9). */
export const ednsOptionCodes = {
  nsid: 3, // RFC 5001
  clientSubnet: 8, // RFC 7871
  expire: 9, // RFC 7314
  cookie: 10, // RFC 7873
  keepalive: 11, // RFC 7828
  padding: 12, // RFC 7830
  chain: 13, // RFC 7901
  keyTag: 14, // RFC 8145
  extendedError: 15, // RFC 8914
  reportChannel: 18, // RFC 9567
  zoneVersion: 19, // RFC 9660
} as const;
