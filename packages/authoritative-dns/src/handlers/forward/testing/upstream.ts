import { createSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { type Answer, decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';

/** How a query reached a {@link TestUpstream}. */
export type Via = 'udp' | 'tcp' | 'tls';

/** A query, and what may be done with it. */
export interface Asked {
  readonly packet: Packet;
  readonly octets: Buffer;
  readonly via: Via;
  /** The socket of a stream. */
  readonly socket: Socket | undefined;
  send(octets: Uint8Array): void;
}

/** A name server on 127.0.0.1 that does what a test tells it, right or wrong. */
export interface TestUpstream extends AsyncDisposable {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Connections that were made to it. */
  readonly connections: number;
  /** May be changed at any time. */
  behave: (asked: Asked) => void;
}

/** Records to a query, encoded by a codec that is not ours. */
export function answerTo({ packet }: Asked, answers: readonly Answer[], extra: Partial<Packet> = {}): Buffer {
  return encode({ type: 'response', id: packet.id ?? 0, flags: 0x80, questions: packet.questions ?? [], answers: [...answers], ...extra });
}

/** A response with a code and nothing else. */
export function codeTo({ packet }: Asked, code: number): Buffer {
  return encode({ type: 'response', id: packet.id ?? 0, flags: 0x80 | code, questions: packet.questions ?? [] });
}

/** Says that the answer does not fit. */
export function truncatedTo(asked: Asked): Buffer {
  return answerTo(asked, [], { flags: TRUNCATED_RESPONSE });
}

/** The address of the name that is asked for. */
export function addressTo(asked: Asked, address = '192.0.2.1'): Buffer {
  return answerTo(asked, [{ type: 'A', name: asked.packet.questions?.[0]?.name ?? '.', ttl: 60, data: address }]);
}

/** Starts one; its UDP and TCP ports are the same, or it speaks TLS alone. */
export async function startUpstream(
  behave: (asked: Asked) => void = (asked) => asked.send(addressTo(asked)),
  tls?: TlsOptions,
): Promise<TestUpstream> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const upstream = { behave };
  const take = (octets: Buffer, via: Via, socket: Socket | undefined, send: (octets: Uint8Array) => void): void => {
    const query: Asked = { packet: decode(octets), octets, via, socket, send };
    asked.push(query);
    upstream.behave(query);
  };
  const onConnection = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let kept: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE(0)) {
        const end = 2 + kept.readUInt16BE(0);
        const octets = Buffer.from(kept.subarray(2, end));
        kept = kept.subarray(end);
        take(octets, tls === undefined ? 'tcp' : 'tls', socket, (answer) => {
          socket.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 0xff), answer]));
        });
      }
    });
  };
  const server: Server = tls === undefined ? createServer(onConnection) : createTlsServer(tls, onConnection);
  const udp = createSocket('udp4');
  udp.on('message', (octets, from) => take(octets, 'udp', undefined, (answer) => udp.send(answer, from.port, from.address)));
  const port = await bothPorts(server, udp);
  return {
    port,
    asked,
    get connections() {
      return connections;
    },
    get behave() {
      return upstream.behave;
    },
    set behave(next) {
      upstream.behave = next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([new Promise((done) => server.close(done)), new Promise<void>((done) => udp.close(done))]);
    },
  };
}

/** One port for TCP and UDP: the kernel gives one for TCP, and another try is made when it is taken for UDP. */
async function bothPorts(server: Server, udp: ReturnType<typeof createSocket>): Promise<number> {
  for (;;) {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const isFree = await new Promise<boolean>((done) => {
      udp.once('error', () => done(false));
      udp.bind(port, '127.0.0.1', () => {
        udp.removeAllListeners('error');
        done(true);
      });
    });
    if (isFree) return port;
    await new Promise((done) => server.close(done));
  }
}
