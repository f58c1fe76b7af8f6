import { rdataToText } from '../wire/presentation/rdata-text.ts';
import { recordTypeName, recordTypes } from '../wire/record-type.ts';

/** Why BIND 9.18 does not load a zone with this record, in whichever form it is written; `undefined` when it does. */
export function refusedRdata(type: number, rdata: Uint8Array): string | undefined {
  switch (type) {
    case recordTypes.MD:
    case recordTypes.MF:
      return `because ${recordTypeName(type)} is obsolete (RFC 973), and BIND refuses it`;
    case recordTypes.IPSECKEY:
      // Precedence, gateway type, algorithm, gateway, and then the key.
      return rdataToText(type, rdata).split(' ').length > 4 ? undefined : 'because BIND refuses IPSECKEY without a key';
    case recordTypes.X25:
      return rdata.length < 5 ? 'because BIND refuses X25 with fewer than four digits (RFC 1183 3.1)' : undefined;
    default:
      return undefined;
  }
}
