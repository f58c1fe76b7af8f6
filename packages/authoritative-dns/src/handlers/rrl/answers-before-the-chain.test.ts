import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { createMetrics } from '@seamark/common/observability';
import { loadAddon } from '@seamark/netio';
import { describe, expect, it } from 'vitest';

import { startCorefileServer, type TestCorefileServer } from '../../testing/corefile-server.ts';
import { edns, queryFor } from '../../testing/pipeline.ts';
import { rawTcpAnswers, rawUdpAnswers } from '../../testing/raw-answers.ts';
import type { EngineName } from '../../transport/choose-engine.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { decodeMessage } from '../../wire/message-decoder.ts';

type Metrics = ReturnType<typeof createMetrics>;

const zone = '@ 60 SOA ns1 hostmaster 1 14400 3600 1209600 60\n@ 60 NS ns1\nns1 60 A 192.0.2.53\nwww 60 A 192.0.2.1\n';
const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const corefile = (limits: string, extra = ''): string => `example.org:0 {
    bind 127.0.0.1
    cookies {
        secret ${secret}
        require
    }
    rrl {
        ${limits}
    }
    file example.db
}
${extra}`;

const count = 40;
const question = 'www.example.org A';
const clientCookie = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

/** A query with octets changed. */
function changed(query: Buffer, octets: Readonly<Record<number, number>>): Buffer {
  for (const [at, octet] of Object.entries(octets)) query[Number(at)] = octet;
  return query;
}

const classOf = (query: Buffer): number => query.length - 1;
const kinds: readonly (readonly [name: string, code: keyof typeof responseCodes, query: Buffer])[] = [
  ['an unknown version of EDNS', 'BADVERS', queryFor(question, edns([], { version: 1 }))],
  ['no valid cookie', 'BADCOOKIE', queryFor(question, edns([{ code: 10, data: clientCookie }]))],
  ['octets behind the message', 'FORMERR', Buffer.concat([queryFor(question), Buffer.from('zz')])],
  ['no question', 'FORMERR', changed(queryFor(question).subarray(0, 12), { 5: 0 })],
  ['another opcode', 'NOTIMP', changed(queryFor(question), { 2: 0x20 })],
  ['an obsolete type', 'NOTIMP', queryFor('www.example.org MAILB')],
  ['the class CHAOS', 'REFUSED', changed(queryFor(question), { [classOf(queryFor(question))]: 3 })],
  ['a transfer over UDP', 'REFUSED', queryFor('example.org AXFR')],
  ['a name in no server block', 'REFUSED', queryFor('www.example.com A')],
];

const portOf = ({ server }: TestCorefileServer): number => server.addresses().udp[0]?.port ?? 0;
const start = (text: string, engine: EngineName, metrics: Metrics): Promise<TestCorefileServer> =>
  startCorefileServer(text, { 'example.db': zone, 'other.db': zone }, { engine, metrics });

/** How many of one query, sent many times, got an answer with TC, and the response codes of all. */
async function flood(test: TestCorefileServer, query: Buffer): Promise<{ readonly truncated: number; readonly codes: readonly number[] }> {
  const answers = await rawUdpAnswers(
    portOf(test),
    Array.from({ length: count }, () => query),
  );
  const messages = answers.map((answer) => decodeMessage(Uint8Array.from(Buffer.from(answer, 'hex'))));
  return {
    truncated: messages.filter(({ truncated }) => truncated).length,
    codes: [...new Set(messages.map(({ responseCode }) => responseCode))],
  };
}

async function metric(metrics: Metrics, start: string): Promise<number> {
  const line = (await metrics.metrics()).split('\n').find((each) => each.startsWith(start));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const slipping = 'errors-per-second 1\n slip-ratio 1';
const engines: readonly EngineName[] = loadAddon().ok ? ['netio', 'dgram'] : ['dgram'];

describe.each(engines)('rrl and what is answered before the chain, with the engine %s', (engine) => {
  it.each(kinds)('limits answers to %s (%s)', async (_name, code, query) => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    await using test = await start(corefile(slipping), engine, metrics);
    const { truncated, codes } = await flood(test, query);
    expect(codes).toEqual([responseCodes[code]]);
    expect(truncated).toBeGreaterThan(0);
    expect(truncated).toBeLessThan(count);
    expect(await metric(metrics, 'coredns_rrl_responses_exceeded_total')).toBe(truncated);
  });

  it.each(kinds)('leaves out answers to %s (%s) when there are too many questions', async (_name, _code, query) => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    await using test = await start(corefile('requests-per-second 5'), engine, metrics);
    const socket = createSocket('udp4');
    using _closing = { [Symbol.dispose]: () => void socket.close() };
    let answers = 0;
    socket.on('message', () => answers++);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    for (let n = 0; n < count; n++) socket.send(query, portOf(test), '127.0.0.1');
    const dropped = (): Promise<number> => metric(metrics, 'coredns_rrl_requests_exceeded_total');
    await expect.poll(async () => answers + (await dropped())).toBe(count);
    expect(await dropped()).toBeGreaterThan(0);
    expect(answers).toBeGreaterThan(0);
  });

  it('limits nothing over TCP', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    await using test = await start(corefile(slipping), engine, metrics);
    const query = queryFor(question, edns([], { version: 1 }));
    const answers = await rawTcpAnswers(
      test.server.addresses().tcp[0]?.port ?? 0,
      Array.from({ length: count }, () => query),
    );
    expect(answers).toHaveLength(count);
    expect(await metric(metrics, 'coredns_rrl_responses_exceeded_total')).toBe(0);
  });

  it('goes by the block that the question belongs to, and for no question by one that has rrl', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    await using test = await start(corefile(slipping, 'net:0 {\n bind 127.0.0.1\n file other.db example.net\n}\n'), engine, metrics);
    const version = edns([], { version: 1 });
    expect((await flood(test, queryFor('www.example.net A', version))).truncated).toBe(0);
    expect((await flood(test, queryFor('www.example.org A', version))).truncated).toBeGreaterThan(0);
    expect((await flood(test, changed(queryFor(question), { 2: 0x20 }))).truncated).toBeGreaterThan(0);
  });
});
