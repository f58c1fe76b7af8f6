// Runs on a host of the LAN. Each line of standard input is a question `NAME ADDRESS`; it is asked each millisecond until the answer
// holds the address, and a line of JSON says when that was, by the machine's monotonic clock, which all processes share.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { decode, encode } from 'dns-packet';

const [server = '', portText = '53'] = process.argv.slice(2);
const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
let asked: { readonly name: string; readonly address: string | undefined; readonly timer: NodeJS.Timeout } | undefined;
let id = 0;

socket.on('message', (message) => {
  const at = process.hrtime.bigint();
  if (asked === undefined) return;
  const { questions, answers } = decode(message);
  if (questions?.[0]?.name !== asked.name) return;
  const data = (answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
  if (data.length === 0 || (asked.address !== undefined && !data.includes(asked.address))) return;
  clearInterval(asked.timer);
  process.stdout.write(`${JSON.stringify({ name: asked.name, answeredAtNs: String(at), data })}\n`);
  asked = undefined;
});
socket.on('error', () => undefined);

socket.connect(Number(portText), server, () => {
  process.stdout.write('ready\n');
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [name = '', address] = line.trim().split(' ');
      if (asked !== undefined) clearInterval(asked.timer);
      const timer = setInterval(() => {
        id = (id + 1) % 65_536;
        socket.send(encode({ type: 'query', id, questions: [{ type: 'A', name }] }));
      }, 1);
      asked = { name, address, timer };
    })
    .on('close', () => process.exit(0));
});
