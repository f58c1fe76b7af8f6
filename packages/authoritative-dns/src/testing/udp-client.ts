import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { createQuery, type DnsMessage } from '../wire/message.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { encodeMessage } from '../wire/message-encoder.ts';
import { recordTypeCode } from '../wire/record-type.ts';

/** Asks a server on 127.0.0.1 over UDP, any number of questions at a time. Unanswered ones stay pending. */
export class UdpClient implements Disposable {
  private readonly socket: Socket;
  private readonly port: number;
  private readonly waiting = new Map<number, (message: DnsMessage) => void>();
  private lastId = 0;

  private constructor(socket: Socket, port: number) {
    this.socket = socket;
    this.port = port;
    socket.on('message', (packet) => {
      const message = decodeMessage(Uint8Array.from(packet));
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    });
  }

  /** A client of a port. */
  static async open(port: number): Promise<UdpClient> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpClient(socket, port);
  }

  /** Questions without an answer so far. */
  get unanswered(): number {
    return this.waiting.size;
  }

  /** Asks `NAME TYPE`, in class CH where the name ends in `.bind`. */
  ask(question: string): Promise<DnsMessage> {
    const [name = '', type = ''] = question.split(' ');
    const id = (this.lastId = (this.lastId + 1) & 0xffff);
    const questionClass = name.endsWith('.bind') ? 3 : 1;
    const query = encodeMessage(createQuery({ name, type: recordTypeCode(type) as number, class: questionClass }, { id }));
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(query, this.port, '127.0.0.1');
    });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}
