import { createSocket } from 'node:dgram';
import { type Answer, decode, encode, type RecordType } from 'dns-packet';

/** What a server said to one question. */
export interface DnsReply {
  /** `NOERROR`, `NXDOMAIN`, … */
  readonly code: string;
  readonly authoritative: boolean;
  /** Data of the answers of the asked type, sorted: addresses, names, texts. */
  readonly data: readonly string[];
  readonly ttls: readonly number[];
}

/** Asks by UDP once; rejects after five seconds without a reply: a loaded machine may be slow, but nothing is lost on loopback. */
export async function askDns(port: number, name: string, type: RecordType = 'A'): Promise<DnsReply> {
  const id = Math.floor(Math.random() * 65_536);
  const query = encode({ type: 'query', id, questions: [{ type, name }] });
  const reply = await new Promise<Buffer>((resolve, reject) => {
    const socket = createSocket('udp4');
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(new Error(`no reply for ${name} ${type}`))), 5_000);
    socket.once('error', (error) => finish(() => reject(error)));
    socket.on('message', (message) => {
      if (message.readUInt16BE(0) === id) finish(() => resolve(message));
    });
    socket.connect(port, '127.0.0.1', () => socket.send(query));
  });
  const packet = decode(reply) as ReturnType<typeof decode> & { readonly rcode: string; readonly flag_aa: boolean };
  const answers = (packet.answers ?? []).filter((answer) => answer.type === type);
  return {
    code: packet.rcode,
    authoritative: packet.flag_aa,
    data: answers.map(dataText).sort(),
    ttls: answers.map((answer) => ('ttl' in answer ? (answer.ttl ?? 0) : 0)),
  };
}

function dataText(answer: Answer): string {
  const { data } = answer as { readonly data: unknown };
  if (typeof data === 'string') return data;
  if (Array.isArray(data)) return data.map(String).join('');
  return JSON.stringify(data);
}
