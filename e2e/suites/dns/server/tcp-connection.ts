import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection to a port of 127.0.0.1 that collects framed answers. */
export class TcpConnection implements Disposable {
  readonly socket: Socket;
  isClosed = false;
  private octets = Buffer.alloc(0);
  private wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.octets = Buffer.concat([this.octets, chunk]);
      this.wake?.();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.wake?.();
    });
  }

  static async open(port: number): Promise<TcpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new TcpConnection(socket);
  }

  /** Sends messages, each with its length in front. */
  send(...messages: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }

  /** The answers, once there are `count` of them or the server has closed. */
  async received(count: number): Promise<readonly Buffer[]> {
    for (;;) {
      const messages = splitFrames(this.octets);
      if (messages.length >= count || this.isClosed) return messages;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A message with its length in front. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** The whole messages of a stream. */
export function splitFrames(stream: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 2 <= stream.length;) {
    const end = at + 2 + stream.readUInt16BE(at);
    if (end > stream.length) break;
    messages.push(stream.subarray(at + 2, end));
    at = end;
  }
  return messages;
}
