import { MalformedDnsError } from '../../wire/malformed.ts';
import { decodeName } from '../../wire/name-decoder.ts';

/** Where names stand in RDATA that a sender may have compressed: RFC 1035 3.3 and the older types that RFC 3597 4 names. */
interface NamesInRdata {
  /** Fixed octets in front of the names. */
  readonly prefixOctets: number;
  /** Character-strings between them and the names. */
  readonly strings?: number;
  readonly names: number;
}

const one: NamesInRdata = { prefixOctets: 0, names: 1 };
const two: NamesInRdata = { prefixOctets: 0, names: 2 };
const numbered: NamesInRdata = { prefixOctets: 2, names: 1 };

const layouts: ReadonlyMap<number, NamesInRdata> = new Map<number, NamesInRdata>([
  [2, one], // NS
  [3, one], // MD
  [4, one], // MF
  [5, one], // CNAME
  [6, two], // SOA
  [7, one], // MB
  [8, one], // MG
  [9, one], // MR
  [12, one], // PTR
  [14, two], // MINFO
  [15, numbered], // MX
  [17, two], // RP
  [18, numbered], // AFSDB
  [21, numbered], // RT
  [24, { prefixOctets: 18, names: 1 }], // SIG
  [26, { prefixOctets: 2, names: 2 }], // PX
  [30, one], // NXT
  [33, { prefixOctets: 6, names: 1 }], // SRV
  [35, { prefixOctets: 4, strings: 3, names: 1 }], // NAPTR
  [36, numbered], // KX
  [39, one], // DNAME
]);

/** RDATA between two places of a message, its names without compression. Throws MalformedDnsError when it does not fill its length. */
export function readUncompressedRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const layout = layouts.get(type);
  if (layout === undefined) return message.slice(start, end);
  let at = start + layout.prefixOctets;
  for (let string = 0; string < (layout.strings ?? 0); string++) at += 1 + (message[at] ?? 0);
  if (at > end) throw new MalformedDnsError('rdata_length', start);
  const parts: Uint8Array[] = [message.subarray(start, at)];
  for (let name = 0; name < layout.names; name++) {
    const decoded = decodeName(message, at, end);
    parts.push(decoded.wire);
    at = decoded.end;
  }
  parts.push(message.subarray(at, end));
  const rdata = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of parts) {
    rdata.set(part, to);
    to += part.length;
  }
  return rdata;
}
