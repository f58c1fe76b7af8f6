import type { DnsRequest } from '../../chain/request.ts';
import { ownUdpPayloadOctets } from '../../wire/limits.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { endToEndOptions } from './hop-by-hop-options.ts';

const headerOctets = 12;
const optOctets = 11;

/**
 * The question as another server is asked it: under an ID of ours, RD, AD and CD as the client set them, OPT only when the client
 * sent one, with DO as the client set it, our own payload size and the client's end-to-end options.
 */
export function writeUpstreamQuery(request: DnsRequest, id: number): Uint8Array {
  const { name, edns } = request;
  const options = edns === undefined ? [] : endToEndOptions(edns.options);
  const optionOctets = options.reduce((sum, { data }) => sum + 4 + data.length, 0);
  const query = new Uint8Array(headerOctets + name.length + 4 + (edns === undefined ? 0 : optOctets + optionOctets));
  const view = new DataView(query.buffer);
  view.setUint16(0, id);
  query[2] = request.recursionDesired ? 0x01 : 0;
  query[3] = (request.authenticData ? 0x20 : 0) | (request.checkingDisabled ? 0x10 : 0);
  view.setUint16(4, 1);
  query.set(name, headerOctets);
  let at = headerOctets + name.length;
  view.setUint16(at, request.type);
  view.setUint16(at + 2, request.class);
  if (edns === undefined) return query;
  view.setUint16(10, 1);
  at += 5; // behind the question, and the root as owner of OPT
  view.setUint16(at, recordTypes.OPT);
  view.setUint16(at + 2, ownUdpPayloadOctets);
  view.setUint16(at + 6, edns.dnssecOk ? 0x8000 : 0);
  view.setUint16(at + 8, optionOctets);
  at += 10;
  for (const { code, data } of options) {
    view.setUint16(at, code);
    view.setUint16(at + 2, data.length);
    query.set(data, at + 4);
    at += 4 + data.length;
  }
  return query;
}
