/** Class Internet, the only one served (RFC 1035 3.2.4). */
export const classIn = 1;

/** Response codes (RFC 1035 4.1.1, RFC 6891 9). BADVERS needs the extended bits of an OPT record. */
export const responseCodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

/** Extended DNS Error codes (RFC 8914 4). */
export const extendedErrors = { notReady: 14, notAuthoritative: 20, notSupported: 21 } as const;

const responseCodeNames = new Map<number, string>(Object.entries(responseCodes).map(([name, code]) => [code, name]));

/** `NXDOMAIN`, …; `RCODE17` for a code without a name here. */
export function responseCodeName(code: number): string {
  return responseCodeNames.get(code) ?? `RCODE${code}`;
}

/** EDNS option codes (RFC 6891 9). */
export const ednsOptionCodes = { extendedError: 15 } as const;
