import { MalformedDnsError } from './malformed.ts';
import type { MessageWriter } from './message-writer.ts';
import { decodeName } from './name-decoder.ts';
import { joinOctets } from './rdata-encoder.ts';
import { recordTypes } from './record-type.ts';

/**
 * Where domain names stand in the RDATA of a type: behind `prefixOctets` fixed octets and `strings` character-strings, `names` of
 * them in a row. What follows them holds no name.
 */
export interface RdataLayout {
  readonly prefixOctets: number;
  readonly strings: number;
  readonly names: number;
  /** Whether a sender may compress the names: only the types of RFC 1035 (RFC 3597 4). A reader takes compression in all of these. */
  readonly compress: boolean;
}

const layout = (prefixOctets: number, names: number, compress: boolean, strings = 0): RdataLayout => ({
  prefixOctets,
  strings,
  names,
  compress,
});
const oneName = layout(0, 1, true);
const twoNames = layout(0, 2, true);
const numbered = layout(2, 1, false);

const layouts: ReadonlyMap<number, RdataLayout> = new Map<number, RdataLayout>([
  [recordTypes.NS, oneName],
  [recordTypes.MD, oneName],
  [recordTypes.MF, oneName],
  [recordTypes.CNAME, oneName],
  [recordTypes.SOA, twoNames],
  [recordTypes.MB, oneName],
  [recordTypes.MG, oneName],
  [recordTypes.MR, oneName],
  [recordTypes.PTR, oneName],
  [recordTypes.MINFO, twoNames],
  [recordTypes.MX, layout(2, 1, true)],
  // Types that RFC 3597 4 wants read with compression and written without.
  [recordTypes.RP, layout(0, 2, false)],
  [recordTypes.AFSDB, numbered],
  [recordTypes.RT, numbered],
  [recordTypes.SIG, layout(18, 1, false)],
  [recordTypes.PX, layout(2, 2, false)],
  [recordTypes.NXT, layout(0, 1, false)],
  [recordTypes.SRV, layout(6, 1, false)],
  [recordTypes.NAPTR, layout(4, 1, false, 3)],
  // Compressed by senders of their first years (RFC 2230, RFC 2672 4.1), so read the same way.
  [recordTypes.KX, numbered],
  [recordTypes.DNAME, layout(0, 1, false)],
]);

/** The layout of a type whose names may be compressed; `undefined` for all others, whose RDATA is copied as it is. */
export function rdataLayout(type: number): RdataLayout | undefined {
  return layouts.get(type);
}

/** Octets of the name in wire form that starts at `start` of uncompressed RDATA, its root included. */
export function wireNameLength(octets: Uint8Array, start: number): number {
  let at = start;
  while ((octets[at] ?? 0) !== 0) at += (octets[at] as number) + 1;
  return at + 1 - start;
}

/** Writes RDLENGTH and RDATA, compressing the names in it where the type allows. `rdata` is uncompressed and whole. */
export function writeRdata(writer: MessageWriter, type: number, rdata: Uint8Array): void {
  const lengthAt = writer.offset;
  writer.writeUint16(rdata.length);
  const found = layouts.get(type);
  if (found === undefined || rdata.length === 0) {
    writer.writeOctets(rdata);
    return;
  }
  let at = namesStart(found, rdata, 0);
  writer.writeOctets(rdata.subarray(0, at));
  for (let name = 0; name < found.names; name++) {
    const length = wireNameLength(rdata, at);
    writer.writeName(rdata.subarray(at, at + length), found.compress);
    at += length;
  }
  writer.writeOctets(rdata.subarray(at));
  writer.patchUint16(lengthAt, writer.offset - lengthAt - 2);
}

/**
 * The RDATA that stands at `start` to `end` of a message, copied, the names in it uncompressed. Throws {@link MalformedDnsError}
 * for names that cannot be read; whether the rest is of its type, `checkRdata` says.
 */
export function readRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const found = layouts.get(type);
  // RDATA without octets stands for all records of a type in updates (RFC 2136 2.5.2).
  if (found === undefined || start === end) return new Uint8Array(message.subarray(start, end)); // a copy even of a Buffer, whose slice is a view
  let at = namesStart(found, message, start);
  if (at > end) throw new MalformedDnsError('rdata_length', start);
  const parts = [message.subarray(start, at)];
  for (let name = 0; name < found.names; name++) {
    const decoded = decodeName(message, at, end);
    parts.push(decoded.wire);
    at = decoded.end;
  }
  parts.push(message.subarray(at, end));
  return joinOctets(parts);
}

/** Where the first name stands; may lie behind the octets when they end early. */
function namesStart(found: RdataLayout, octets: Uint8Array, start: number): number {
  let at = start + found.prefixOctets;
  for (let string = 0; string < found.strings; string++) at += 1 + (octets[at] ?? 0);
  return at;
}
