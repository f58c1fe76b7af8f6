import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { FrameDecoder } from '../transport/frame-decoder.ts';
import type { DnsMessage } from '../wire/message.ts';
import { decodeMessage } from '../wire/message-decoder.ts';

/** A message with its length in front. */
export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** A client of framed answers that remembers all that it gets. */
export class StreamClient implements Disposable {
  readonly socket: Socket;
  readonly answers: DnsMessage[] = [];
  /** True once the server has ended the connection or reset it. */
  isClosed = false;
  private readonly frames = new FrameDecoder();
  private wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.frames.push(chunk, (message) => this.answers.push(decodeMessage(Uint8Array.from(message))));
      this.wake?.();
    });
    socket.on('end', () => this.closed());
    socket.on('close', () => this.closed());
  }

  /** Connects to a port of 127.0.0.1, over TLS when its options are given. */
  static async open(port: number, tls?: ConnectionOptions): Promise<StreamClient> {
    const socket = tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ...tls });
    const client = new StreamClient(socket);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    return client;
  }

  /** True while an answer has begun and not ended. */
  get isInside(): boolean {
    return this.frames.isInside;
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }

  /** All answers, once there are `count` of them or the server closed. */
  async received(count: number): Promise<readonly DnsMessage[]> {
    while (this.answers.length < count && !this.isClosed) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.answers;
  }

  /** Resolves when the server has closed. */
  async closedByServer(): Promise<void> {
    await this.received(Number.POSITIVE_INFINITY);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  private closed(): void {
    this.isClosed = true;
    this.wake?.();
  }
}
