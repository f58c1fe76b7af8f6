import { addressFromBytes, formatAddress } from '@seamark/common/model';

import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { responseCodeName } from '../../wire/protocol-codes.ts';
import { absoluteNameText, classText, typeText } from '../question-text.ts';
import { uncompressedLength } from './uncompressed-length.ts';

/** What a line of the log is made of. */
export interface LogEntry {
  readonly request: DnsRequest;
  readonly response: DnsResponse;
  readonly durationMs: number;
}

/** Writes one line. */
export type LogFormat = (entry: LogEntry) => string;

const common = '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const combined = `${common} "{>opcode}"`;

const leastBufferSize = 512;
const largestBufferSize = 65_535;

const values: Readonly<Record<string, LogFormat>> = {
  type: ({ request }) => typeText(request.type),
  name: ({ request }) => absoluteNameText(request.name),
  class: ({ request }) => classText(request.class),
  proto: ({ request }) => (request.client.transport === 'udp' ? 'udp' : 'tcp'),
  size: ({ request }) => String(request.octets),
  remote: ({ request }) => addressText(request.client.address),
  port: ({ request }) => String(request.client.port),
  local: ({ request }) => (request.client.localAddress === undefined ? '-' : addressText(request.client.localAddress)),
  rcode: ({ response }) => responseCodeName(response.responseCode),
  rsize: ({ request, response }) => String(uncompressedLength(request, response)),
  duration: ({ durationMs }) => `${(durationMs / 1000).toFixed(9)}s`,
  '>id': ({ request }) => String(request.id),
  '>opcode': () => '0',
  '>do': ({ request }) => String(request.edns?.dnssecOk ?? false),
  '>bufsize': ({ request }) => String(bufferSize(request)),
  '>rflags': flagsText,
};

/**
 * Makes a format of its text: `{…}` stands for a value as in CoreDNS, `{common}` and `{combined}` for its formats; `{/…}`, which other
 * plugins of CoreDNS would fill, is `-`; anything else stays as it is.
 */
export function createLogFormat(text = common): LogFormat {
  const full = text.replaceAll('{common}', common).replaceAll('{combined}', combined);
  const parts = full.split(/(\{[^{}]*\})/).map((part): LogFormat | string => {
    if (!part.startsWith('{')) return part;
    const name = part.slice(1, -1);
    return name.startsWith('/') ? '-' : Object.hasOwn(values, name) ? (values[name] as LogFormat) : part;
  });
  return (entry) => parts.map((part) => (typeof part === 'string' ? part : part(entry))).join('');
}

/** What an answer may have: over streams that is no business of the query's OPT. */
function bufferSize({ client, edns }: DnsRequest): number {
  return client.transport === 'udp' ? Math.max(leastBufferSize, edns?.udpPayloadSize ?? 0) : largestBufferSize;
}

function addressText(octets: Uint8Array): string {
  const text = formatAddress(addressFromBytes(octets));
  return octets.length === 4 ? text : `[${text}]`;
}

function flagsText({ request, response }: LogEntry): string {
  const flags = [
    'qr',
    response.authoritative ? 'aa' : '',
    response.truncated === true ? 'tc' : '',
    request.recursionDesired ? 'rd' : '',
    response.recursionAvailable === true ? 'ra' : '',
    response.authenticData === true ? 'ad' : '',
    request.checkingDisabled ? 'cd' : '',
  ];
  return flags.filter((flag) => flag !== '').join(',');
}
