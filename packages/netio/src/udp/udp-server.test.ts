import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { eventually, unmet } from '@seamark/testkit';
import { afterEach, describe, expect, test } from 'vitest';

import { loadAddon } from '../addon/load-addon.ts';
import { type AnswerArena, openArena } from '../arena/answer-arena.ts';
import { ArenaBatch } from '../arena/arena-batch.ts';
import { addonRequirement } from '../testing/addon-requirement.ts';
import { query, wireName, withOptions } from '../testing/octets.ts';
import { addresses, testZone } from '../testing/zone.ts';
import { startDgramUdpServer } from './dgram-udp-server.ts';
import { startNativeUdpServer } from './native-udp-server.ts';
import type { UdpServer, UdpServerOptions } from './udp-server.ts';

const skipped = unmet('UDP by native threads', addonRequirement());
const loopback = Uint8Array.of(127, 0, 0, 1);
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const drivers: Readonly<Record<string, (options: UdpServerOptions) => Promise<UdpServer>>> = {
  'the addon': async (options) => {
    const addon = loadAddon();
    if (!addon.ok) throw new Error(addon.problem);
    return startNativeUdpServer(addon.binding, options);
  },
  'node:dgram': startDgramUdpServer,
};

async function serve(driver: string, options: Partial<UdpServerOptions> = {}): Promise<UdpServer> {
  const start = drivers[driver] as (typeof drivers)[string];
  const server: UdpServer = await start({
    host: loopback,
    port: 0,
    onQuestion: (question) => server.respond(question, question.octets),
    ...options,
  });
  open.push(server);
  return server;
}

async function client(type: 'udp4' | 'udp6' = 'udp4'): Promise<Socket> {
  const socket = createSocket(type);
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  open.push({ close: () => new Promise<void>((resolve) => socket.close(() => resolve())) });
  return socket;
}

function testArena(): AnswerArena {
  const arena = openArena({ reserveOctets: 64 * 2 ** 20 }) as AnswerArena;
  const batch = new ArenaBatch();
  batch.flags(0);
  batch.putZone(testZone(1));
  batch.putName(wireName('test'), 0, 0, []);
  batch.putName(wireName('a.test'), 0, 0, [addresses(2, 0, 1)]);
  arena.apply(batch);
  return arena;
}

describe.each(Object.keys(drivers).filter((name) => name !== 'the addon' || !skipped))('UDP by %s', (driver) => {
  test('gives questions to JavaScript and sends what it answers, now or later', async () => {
    const server = await serve(driver, {
      onQuestion: (question) => void setTimeout(() => server.respond(question, question.octets.toReversed()), question.octets[0] as number),
    });
    const socket = await client();
    const answers: string[] = [];
    socket.on('message', (answer) => answers.push(answer.join()));
    for (const octets of [
      [20, 1, 2],
      [0, 3, 4],
    ])
      socket.send(Uint8Array.from(octets), server.port, '127.0.0.1');
    await eventually(() => expect(answers).toEqual(['4,3,0', '2,1,20']));
  });

  test('says who asks', async () => {
    const seen: unknown[] = [];
    const server = await serve(driver, {
      host: new Uint8Array(16).fill(0, 0, 15).fill(1, 15),
      onQuestion: ({ address, port }) => seen.push([[...address], port]),
    });
    const socket = await client('udp6');
    socket.send('x', server.port, '::1');
    await eventually(() => expect(seen).toEqual([[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], socket.address().port]]));
  });

  test('answers every question that had arrived when it is closed, and nothing else', async () => {
    const server = await serve(driver);
    const socket = await client();
    let answers = 0;
    socket.on('message', () => answers++);
    // On loopback a datagram has arrived when it is sent; the server has read a part of them at most when it is told to close.
    await Promise.all(
      Array.from(
        { length: 200 },
        (_, sent) => new Promise((resolve) => socket.send(Uint8Array.of(sent), server.port, '127.0.0.1', resolve)),
      ),
    );
    await server.close();
    expect(server.counts(0).received).toBe(200);
    await eventually(() => expect(answers).toBe(200));
  });

  test('rejects with the code of the system when the port is in use', async () => {
    const first = await serve(driver);
    await expect(serve(driver, { port: first.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('does nothing after it was closed', async () => {
    const questions: Parameters<UdpServerOptions['onQuestion']>[0][] = [];
    const server = await serve(driver, { onQuestion: (question) => void questions.push(question) });
    const socket = await client();
    socket.send('x', server.port, '127.0.0.1');
    await eventually(() => expect(questions).toHaveLength(1));
    await server.close();
    await server.close();
    server.respond(questions[0] as (typeof questions)[number], Uint8Array.of(1));
  });
});

describe.skipIf(skipped)('native UDP', () => {
  test('makes and takes DNS cookies for the address that asks', async () => {
    const arena = testArena();
    arena.setCookies({ policy: 'require', secrets: [new Uint8Array(16).fill(7)] });
    const asked: number[] = [];
    const server = await serve('the addon', { arena, onQuestion: ({ octets }) => asked.push(octets.length) });
    const socket = await client();
    const plain = query(1, 'a.test', 1);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const cookieFor = (address: Uint8Array): Uint8Array => {
      const out = new Uint8Array(65_535);
      // Over a stream a cookie is made whatever the policy.
      const length = arena.answer(withOptions(plain, [10, new Uint8Array(8)]), out, true, { address, nowSeconds });
      return out.slice(length - 24, length);
    };
    const own = withOptions(plain, [10, cookieFor(Uint8Array.of(127, 0, 0, 1))]);
    const answers: Buffer[] = [];
    socket.on('message', (answer) => answers.push(answer));
    socket.send(withOptions(plain, [10, cookieFor(Uint8Array.of(127, 0, 0, 9))]), server.port, '127.0.0.1');
    socket.send(own, server.port, '127.0.0.1');
    await eventually(() => expect([asked.length, answers.length]).toEqual([1, 1]));
    expect(answers[0]?.subarray(-24)).toEqual(Buffer.from(own.subarray(-24)));
  });

  test('answers from the address that was asked', async () => {
    const server = await serve('the addon', { host: new Uint8Array(4), arena: testArena() });
    const socket = await client();
    const from: string[] = [];
    socket.on('message', (_answer, remote) => from.push(remote.address));
    // The first is answered by the thread, the second by JavaScript.
    for (const host of ['127.0.0.1', '127.0.0.2', '127.7.7.7']) {
      socket.send(query(1, 'a.test', 1), server.port, host);
      socket.send(query(1, 'elsewhere', 1), server.port, host);
    }
    const expected = ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2', '127.7.7.7', '127.7.7.7'];
    await eventually(() => expect([...from].sort()).toEqual(expected));
  });

  test('tells JavaScript which address was asked', async () => {
    const seen: string[] = [];
    const server = await serve('the addon', { host: new Uint8Array(4), onQuestion: ({ localAddress }) => seen.push(String(localAddress)) });
    (await client()).send('x', server.port, '127.3.2.1');
    await eventually(() => expect(seen).toEqual(['127,3,2,1']));
  });

  test('spreads clients over its sockets', async () => {
    const server = await serve('the addon', { sockets: 4, arena: testArena() });
    const sockets = await Promise.all(Array.from({ length: 32 }, () => client()));
    let answers = 0;
    for (const socket of sockets) {
      socket.on('message', () => answers++);
      socket.send(query(1, 'a.test', 1), server.port, '127.0.0.1');
    }
    await eventually(() => expect(answers).toBe(32));
    expect(server.counts(1).answered).toBe(32);
  });

  test('counts types, codes, sizes, durations and DO of what it answers', async () => {
    const server = await serve('the addon', { arena: testArena() });
    const socket = await client();
    const lengths: number[] = [];
    socket.on('message', (answer) => lengths.push(answer.length));
    const plain = query(1, 'a.test', 1);
    const withDo = withOptions(query(2, 'a.test', 65_280), [3000, new Uint8Array(90)]);
    withDo[plain.length + 7] = 0x80;
    for (const octets of [plain, plain, withDo]) socket.send(octets, server.port, '127.0.0.1');
    await eventually(() => expect(lengths).toHaveLength(3));
    await eventually(() => expect(sum(server.counts(1).of(0).durations)).toBe(3));
    const counts = server.counts(1).of(0);
    expect([counts.types[0], counts.types.at(-1), counts.responseCodes[0]]).toEqual([2, 1, 3]);
    // Up to 100 octets, and up to 200.
    expect([...counts.querySizes.subarray(0, 4)]).toEqual([0, 2, 1, 0]);
    expect(counts.queryOctets).toBe(2 * plain.length + withDo.length);
    expect([sum(counts.answerSizes), counts.answerOctets]).toEqual([3, sum(lengths)]);
    expect(counts.dnssecOk).toBe(1);
    expect(counts.durationSeconds).toBeGreaterThan(0);
  });

  test('shares a port only with those who want it shared', async () => {
    const first = await serve('the addon', { sockets: 2 });
    await expect(serve('the addon', { sockets: 2, port: first.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const shared = await serve('the addon', { sharePort: true });
    expect((await serve('the addon', { sharePort: true, port: shared.port })).port).toBe(shared.port);
  });

  test('drops responses and what is too short, and counts them', async () => {
    const server = await serve('the addon', { arena: testArena() });
    const socket = await client();
    socket.send(Uint8Array.of(1, 2, 3), server.port, '127.0.0.1');
    const response = query(1, 'a.test', 1);
    response[2] = 0x80;
    socket.send(response, server.port, '127.0.0.1');
    await eventually(() => expect(server.counts(0).drops).toMatchObject({ too_short: 1, is_response: 1 }));
  });

  test('every answer is of one publication while names change', async () => {
    const arena = testArena();
    const server = await serve('the addon', { sockets: 2, arena });
    const socket = await client();
    const batch = new ArenaBatch();
    const torn: string[] = [];
    let answers = 0;
    let version = 0;
    const ask = (): void => {
      socket.send(query(version & 0xffff, 'churn.test', 1), server.port, '127.0.0.1');
      socket.send(query(version & 0xffff, 'churn.test', 28), server.port, '127.0.0.1');
    };
    const publish = (): void => {
      version++;
      batch.clear();
      // Each version has another number of records, all alike; the SOA's serial counts with them.
      batch.putZone(testZone(version));
      if (version % 7 === 0) batch.removeName(wireName('churn.test'));
      else batch.putName(wireName('churn.test'), 0, 0, [addresses(1 + (version % 25), (version >>> 8) & 0xff, version & 0xff)]);
      for (let other = 0; other < 20; other++) {
        if ((version + other) % 3 === 0) batch.removeName(wireName(`o${version % 50}-${other}.test`));
        else batch.putName(wireName(`o${version % 50}-${other}.test`), 0, 0, [addresses(1 + (version % 30), 0, 0)]);
      }
      arena.apply(batch);
    };
    socket.on('message', (answer) => {
      answers++;
      const problem = tornness(answer);
      if (problem !== undefined) torn.push(problem);
    });
    for (let turn = 0; turn < 400; turn++) {
      for (let at = 0; at < 20; at++) {
        ask();
        publish();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => expect(answers).toBeGreaterThan(5_000));
    expect(torn.slice(0, 5)).toEqual([]);
  });
});

/** What does not fit together in an answer about `churn.test`. */
function tornness(answer: Buffer): string | undefined {
  const records = answer.readUInt16BE(6);
  const end = 12 + wireName('churn.test').length + 4;
  if (records === 0) {
    const serial = answer.readUInt32BE(answer.length - 20);
    const expected = serial % 7 === 0 ? 3 : 0;
    // NODATA comes of the AAAA question at a version that has the name, NXDOMAIN of one that has not.
    return ((answer[3] as number) & 15) === expected ? undefined : `response code ${answer[3]} with serial ${serial}`;
  }
  if (answer.length !== end + records * 16) return `${records} records in ${answer.length} octets`;
  const version = answer.readUInt16BE(answer.length - 2);
  for (let at = end; at < answer.length; at += 16) if (answer.readUInt16BE(at + 14) !== version) return `records of two versions`;
  return 1 + (version % 25) === records ? undefined : `version ${version} with ${records} records`;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, each) => total + each, 0);
}
