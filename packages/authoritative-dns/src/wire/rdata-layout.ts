import type { MessageWriter } from './message-writer.ts';
import { recordTypes } from './record-type.ts';

/** Where domain names stand in the RDATA of a type: behind `prefixOctets` fixed octets, `names` of them in a row. */
export interface RdataLayout {
  readonly prefixOctets: number;
  readonly names: number;
  /** Whether a sender may compress the names: only the types of RFC 1035 (RFC 3597 4). A reader takes compression in all of these. */
  readonly compress: boolean;
}

const oneName: RdataLayout = { prefixOctets: 0, names: 1, compress: true };

const layouts: ReadonlyMap<number, RdataLayout> = new Map<number, RdataLayout>([
  [recordTypes.NS, oneName],
  [recordTypes.CNAME, oneName],
  [recordTypes.PTR, oneName],
  [recordTypes.SOA, { prefixOctets: 0, names: 2, compress: true }],
  [recordTypes.MX, { prefixOctets: 2, names: 1, compress: true }],
  [recordTypes.SRV, { prefixOctets: 6, names: 1, compress: false }], // RFC 2782 forbids it
]);

/** The layout of a type whose RDATA holds names that this codec knows; `undefined` for all others, whose RDATA is copied. */
export function rdataLayout(type: number): RdataLayout | undefined {
  return layouts.get(type);
}

/** Octets of the name in wire form that starts at `start` of uncompressed RDATA, its root included. */
export function wireNameLength(octets: Uint8Array, start: number): number {
  let at = start;
  while ((octets[at] ?? 0) !== 0) at += (octets[at] as number) + 1;
  return at + 1 - start;
}

/** Writes RDLENGTH and RDATA, compressing the names in it where the type allows. `rdata` is uncompressed. */
export function writeRdata(writer: MessageWriter, type: number, rdata: Uint8Array): void {
  const lengthAt = writer.offset;
  writer.writeUint16(rdata.length);
  const layout = layouts.get(type);
  if (layout === undefined) {
    writer.writeOctets(rdata);
    return;
  }
  writer.writeOctets(rdata.subarray(0, layout.prefixOctets));
  let at = layout.prefixOctets;
  for (let name = 0; name < layout.names; name++) {
    const length = wireNameLength(rdata, at);
    writer.writeName(rdata.subarray(at, at + length), layout.compress);
    at += length;
  }
  writer.writeOctets(rdata.subarray(at));
  writer.patchUint16(lengthAt, writer.offset - lengthAt - 2);
}
