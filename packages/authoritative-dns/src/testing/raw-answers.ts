import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { FrameDecoder } from '../transport/frame-decoder.ts';
import { framed, StreamClient } from './stream-client.ts';

/** Queries under way at one time. */
const window = 32;

/** Asks a port of 127.0.0.1 over UDP; the octets of each answer as hexadecimal text, in the order of the queries. Changes their ids. */
export async function rawUdpAnswers(port: number, queries: readonly Uint8Array[]): Promise<string[]> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answers = new Map<number, string>();
  let wake: (() => void) | undefined;
  socket.on('message', (message) => {
    answers.set(message.readUInt16BE(0), message.toString('hex'));
    wake?.();
  });
  try {
    for (let from = 0; from < queries.length; from += window) {
      const end = Math.min(queries.length, from + window);
      for (let at = from; at < end; at++) socket.send(numbered(queries[at] as Uint8Array, at), port, '127.0.0.1');
      while (answers.size < end) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    socket.close();
  }
  return queries.map((_query, at) => answers.get(at & 0xffff) ?? '');
}

/** As {@link rawUdpAnswers}, over one TCP connection. */
export async function rawTcpAnswers(port: number, queries: readonly Uint8Array[]): Promise<string[]> {
  using client = await StreamClient.open(port);
  const answers = new Map<number, string>();
  const frames = new FrameDecoder();
  const all = new Promise<void>((resolve) => {
    client.socket.on('data', (chunk: Buffer) => {
      frames.push(chunk, (message) => answers.set(message.readUInt16BE(0), message.toString('hex')));
      if (answers.size >= queries.length) resolve();
    });
  });
  client.socket.write(Buffer.concat(queries.map((query, at) => framed(numbered(query, at)))));
  await all;
  return queries.map((_query, at) => answers.get(at & 0xffff) ?? '');
}

function numbered(query: Uint8Array, id: number): Uint8Array {
  const octets = Uint8Array.from(query);
  octets[0] = id >> 8;
  octets[1] = id & 0xff;
  return octets;
}
