import { responseCodes } from '../wire/protocol-codes.ts';

/** Response codes by name, with the second names that CoreDNS takes. */
const codes: Readonly<Record<string, number>> = { ...responseCodes, NOTIMPL: responseCodes.NOTIMP, BADSIG: responseCodes.BADVERS };

/** The response code of a name in any case, or of a number up to 23; `undefined` when it is neither. */
export function responseCodeOf(text: string): number | undefined {
  const upper = text.toUpperCase();
  if (Object.hasOwn(codes, upper)) return codes[upper];
  return /^[0-9]{1,2}$/.test(text) && Number(text) <= 23 ? Number(text) : undefined;
}
