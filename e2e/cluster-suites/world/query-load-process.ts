// Runs on a host of the LAN: asks a server at a fixed rate and prints one line of JSON. As resolvers do (RFC 5452, section 4.5), each
// query has a source port of its own, so that each finds the way to a server anew; unlike them it never asks twice. The ports are taken in
// turn, from one load to the next: at 2,000 queries a second each comes back after 32 s, when a node's connection tracking (30 s for UDP)
// has forgotten it. A port that comes back earlier is sent to the pod that it went to before, even to one that is ending.
import { createSocket } from 'node:dgram';
import { encode } from 'dns-packet';

const [server = '', queriesPerSecond = '', seconds = '', timeoutMs = '', firstPort = '', questionsText = '[]'] = process.argv.slice(2);
const codeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const queries = (JSON.parse(questionsText) as string[]).map((line) => {
  const [name = '', type = 'A'] = line.split(' ');
  return encode({ type: 'query', id: 1, questions: [{ type: type as 'A', name }] });
});
const family = server.includes(':') ? 'udp6' : 'udp4';
const total = Number(queriesPerSecond) * Number(seconds);
const codes: Record<string, number> = {};
const lostAtMs: number[] = [];
let [sent, completed, latencySumMs, latencyMaxMs] = [0, 0, 0, 0];
const [lowestPort, highestPort] = [1_024, 65_535];
let port = Math.max(lowestPort, Number(firstPort)) - 1;
const startMs = performance.now();

const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1_000) * Number(queriesPerSecond)));
  while (sent < due) ask(queries[sent++ % queries.length] ?? Buffer.alloc(0));
  if (sent >= total) clearInterval(timer);
}, 1);

function ask(query: Buffer): void {
  const socket = createSocket(family);
  const sentMs = performance.now();
  const lost = setTimeout(() => {
    lostAtMs.push(Math.round(sentMs - startMs));
    finish();
  }, Number(timeoutMs));
  const finish = (): void => {
    clearTimeout(lost);
    socket.close();
    if (sent >= total && completed + lostAtMs.length === total) report();
  };
  // Somebody's port: the next one.
  socket.on('error', () => socket.bind(nextPort(), send));
  socket.once('message', (reply) => {
    completed++;
    const code = codeNames[(reply[3] ?? 0) & 15] ?? 'OTHER';
    codes[code] = (codes[code] ?? 0) + 1;
    const latencyMs = performance.now() - sentMs;
    latencySumMs += latencyMs;
    latencyMaxMs = Math.max(latencyMaxMs, latencyMs);
    finish();
  });
  const send = (): void => socket.send(query, 53, server);
  socket.bind(nextPort(), send);
}

function nextPort(): number {
  port = port >= highestPort ? lowestPort : port + 1;
  return port;
}

function report(): void {
  process.stdout.write(
    `${JSON.stringify({
      sent,
      completed,
      lost: lostAtMs.length,
      codes,
      averageLatencyMs: completed === 0 ? null : latencySumMs / completed,
      maximumLatencyMs: latencyMaxMs,
      lostAtMs: lostAtMs.slice(0, 20),
      nextPort: nextPort(),
    })}\n`,
  );
}
