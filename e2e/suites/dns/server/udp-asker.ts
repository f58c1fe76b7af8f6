import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { encode, type RecordType } from 'dns-packet';

/** The octets of a question, made by a library that is not ours. */
export function query(name: string, type: string, id = 0): Buffer {
  return encode({ type: 'query', id, questions: [{ name, type: type as RecordType }] });
}

/** Sends octets by UDP from one socket and matches what comes back by its ID. */
export class UdpAsker implements Disposable {
  /** What came back, in all. */
  received = 0;
  /** Datagrams that came back and belong to no question that waits. */
  strays = 0;
  private readonly socket: Socket;
  private readonly port: number;
  private readonly waiting = new Map<number, (reply: Buffer | undefined) => void>();
  private lastId = 0;
  private onAny: ((reply: Buffer) => void) | undefined;

  private constructor(socket: Socket, port: number) {
    this.socket = socket;
    this.port = port;
    socket.on('error', () => undefined);
    socket.on('message', (reply) => {
      this.received++;
      const waiting = reply.length < 2 ? undefined : this.waiting.get(reply.readUInt16BE(0));
      if (waiting !== undefined) waiting(reply);
      else if (this.onAny === undefined) this.strays++;
      else this.onAny(reply);
    });
  }

  /** An asker of a port of 127.0.0.1. */
  static async open(port: number): Promise<UdpAsker> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpAsker(socket, port);
  }

  /** Gives the question an ID of its own, sends it once, and resolves with the answer; `undefined` when none came in time. */
  exchange(packet: Buffer, timeoutMs = 5_000): Promise<Buffer | undefined> {
    // The lower half is left to what is sent by other ways.
    do this.lastId = 0x8000 | ((this.lastId + 1) & 0x7fff);
    while (this.waiting.has(this.lastId));
    const id = this.lastId;
    const octets = Buffer.from(packet);
    octets.writeUInt16BE(id, 0);
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      const finish = (reply: Buffer | undefined): void => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(reply);
      };
      this.waiting.set(id, finish);
      this.send(octets);
    });
  }

  /** Sends octets as they are. */
  send(octets: Buffer): void {
    this.socket.send(octets, this.port, '127.0.0.1');
  }

  /** Hands over what comes back from now on and belongs to no question that waits; `undefined` ends that. */
  listen(onAny: ((reply: Buffer) => void) | undefined): void {
    this.onAny = onAny;
  }

  [Symbol.dispose](): void {
    for (const finish of this.waiting.values()) finish(undefined);
    this.socket.close();
  }
}
