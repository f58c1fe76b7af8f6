/** Response codes by name (IANA "DNS RCODEs"). */
const codes: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  NOTIMPL: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADSIG: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
};

/** The response code of a name in any case, or of a number up to 23; `undefined` when it is neither. */
export function responseCodeOf(text: string): number | undefined {
  const upper = text.toUpperCase();
  if (Object.hasOwn(codes, upper)) return codes[upper];
  return /^[0-9]{1,2}$/.test(text) && Number(text) <= 23 ? Number(text) : undefined;
}
