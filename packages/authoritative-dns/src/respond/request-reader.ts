import type { Client, DnsRequest, RequestEdns } from '../chain/request.ts';
import { headerOctets } from '../wire/limits.ts';
import type { EdnsOption } from '../wire/message.ts';
import type { QueryView } from '../wire/query-reader.ts';

const noOptions: readonly EdnsOption[] = [];

/**
 * Makes a request of a query that `view` has read without finding anything malformed and that has one question. It copies all that
 * it keeps: a transport may use the octets again at once.
 */
export function requestFrom(packet: Uint8Array, view: QueryView, client: Client, validCookie: boolean): DnsRequest {
  const flagsHigh = packet[2] as number;
  const flagsLow = packet[3] as number;
  const name = view.name.slice(0, view.nameLength);
  return {
    id: ((packet[0] as number) << 8) | (packet[1] as number),
    name,
    nameAsAsked: nameAsAsked(packet, name),
    type: view.type,
    class: view.class,
    recursionDesired: (flagsHigh & 0x01) !== 0,
    checkingDisabled: (flagsLow & 0x10) !== 0,
    authenticData: (flagsLow & 0x20) !== 0,
    edns: view.hasEdns ? requestEdns(packet, view) : undefined,
    client,
    octets: packet.length,
    validCookie,
  };
}

/** The lower-case name itself when the client wrote it so, which nearly all do. */
function nameAsAsked(packet: Uint8Array, name: Uint8Array): Uint8Array {
  for (let at = 0; at < name.length; at++) {
    if (packet[headerOctets + at] !== name[at]) return copyOf(packet, headerOctets, headerOctets + name.length);
  }
  return name;
}

function requestEdns(packet: Uint8Array, view: QueryView): RequestEdns {
  return {
    udpPayloadSize: view.udpPayloadSize,
    version: view.ednsVersion,
    dnssecOk: view.dnssecOk,
    options: view.optionsEnd === view.optionsStart ? noOptions : readOptions(packet, view.optionsStart, view.optionsEnd),
  };
}

/** The options between two places; their bounds have been checked. */
function readOptions(packet: Uint8Array, start: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = [];
  for (let at = start; at < end;) {
    const code = ((packet[at] as number) << 8) | (packet[at + 1] as number);
    const length = ((packet[at + 2] as number) << 8) | (packet[at + 3] as number);
    options.push({ code, data: copyOf(packet, at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return options;
}

/** Not `slice`: that of a Buffer shares its memory. */
function copyOf(octets: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  for (let at = start; at < end; at++) copy[at - start] = octets[at] as number;
  return copy;
}
