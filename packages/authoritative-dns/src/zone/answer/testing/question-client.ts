import { createSocket, type Socket } from 'node:dgram';

import { createQuery, type DnsMessage } from '../../../wire/message.ts';
import { decodeMessage } from '../../../wire/message-decoder.ts';
import { encodeMessage } from '../../../wire/message-encoder.ts';

/** Asks one server of 127.0.0.1 over UDP, one question after the other. */
export class QuestionClient implements AsyncDisposable {
  private readonly socket: Socket = createSocket('udp4');
  private readonly port: number;
  private id = 0;

  constructor(port: number) {
    this.port = port;
  }

  /** The answer; asks again every 200 ms, for at most 10 s. */
  async ask(name: string, type: number, dnssecOk = false): Promise<DnsMessage> {
    this.id = (this.id + 1) & 0xffff;
    const { id, socket } = this;
    const edns = { udpPayloadSize: 4096, version: 0, dnssecOk, options: [] };
    const query = encodeMessage({ ...createQuery({ name, type, class: 1 }, { id, edns }), recursionDesired: false });
    return new Promise((resolve, reject) => {
      let attempts = 0;
      const end = (): void => {
        clearInterval(timer);
        socket.off('message', receive);
      };
      const send = (): void => {
        if (attempts++ < 50) return socket.send(query, this.port, '127.0.0.1');
        end();
        reject(new Error(`no answer to ${name} TYPE${type} from port ${this.port}`));
      };
      const receive = (packet: Buffer): void => {
        if (packet.readUInt16BE(0) !== id) return;
        end();
        resolve(decodeMessage(packet));
      };
      const timer = setInterval(send, 200);
      socket.on('message', receive);
      send();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.close(resolve);
    });
  }
}
