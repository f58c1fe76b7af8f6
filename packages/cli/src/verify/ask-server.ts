import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import {
  createQuery,
  decodeMessage,
  encodeMessage,
  formatRecordData,
  recordTypeCode,
  responseCodeName,
} from '@seamark/authoritative-dns/wire';
import { messageOf, SeamarkError } from '@seamark/common/errors';

/** A name server to be asked. */
export interface ServerAddress {
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
}

/** What came back: an answer with its code and the addresses in it, or why there was none. */
export type ServerAnswer = { readonly code: string; readonly addresses: readonly string[] } | { readonly silent: string };

const timeoutMs = 2_000;

/** Reads `HOST:PORT`, `HOST` or `[IPV6]:PORT`; port 53 by default. Throws SM_CONFIG_INVALID. */
export function parseServer(text: string): ServerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? (isIP(text) === 6 ? text : undefined);
  const port = Number(match?.[3] ?? '53');
  if (host === undefined || port > 65_535)
    throw new SeamarkError('SM_CONFIG_INVALID', `--server: "${text}" is not possible; allowed: HOST:PORT, [IPV6]:PORT`);
  return { host, port };
}

/** Asks for the A records of a name, once. Never rejects. */
export async function askServer(server: ServerAddress, protocol: 'udp' | 'tcp', name: string): Promise<ServerAnswer> {
  try {
    const query = encodeMessage(createQuery({ name, type: recordTypeCode('A') as number, class: 1 }, { id: randomInt(65_536) }));
    const { address, family } = await lookup(server.host);
    const reply = await (protocol === 'udp' ? byUdp(address, family, server.port, query) : byTcp(address, server.port, query));
    const message = decodeMessage(reply);
    const addresses = message.answers.filter(({ type }) => type === recordTypeCode('A')).map(({ data }) => formatRecordData(data));
    return { code: responseCodeName(message.responseCode), addresses };
  } catch (error) {
    return { silent: messageOf(error) };
  }
}

function byUdp(address: string, family: number, port: number, query: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  return new Promise<Uint8Array>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    socket.once('error', reject);
    socket.once('message', resolve);
    socket.once('close', () => clearTimeout(timer));
    // Connected, a closed port is an error and not silence.
    socket.connect(port, address, () => socket.send(query));
  }).finally(() => socket.close());
}

function byTcp(address: string, port: number, query: Uint8Array): Promise<Uint8Array> {
  const socket = connect({ host: address, port });
  return new Promise<Uint8Array>((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)));
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('the connection was closed without an answer')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) resolve(received.subarray(2));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
  }).finally(() => socket.destroy());
}
