import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { eventually } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestServer, type TestServer } from './testing/server.ts';
import { createQuery } from './wire/message.ts';
import { decodeMessage } from './wire/message-decoder.ts';
import { encodeMessage } from './wire/message-encoder.ts';

const query = (id: number, name = 'web.example.org', type: dnsPacket.RecordType = 'A'): Buffer =>
  dnsPacket.encode({ type: 'query', id, questions: [{ type, name }] });
const framed = (message: Uint8Array): Buffer => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

/** Collects the messages of a stream until it has `count`, or the server closes it. */
function collect(socket: Socket, count: number): Promise<dnsPacket.Packet[]> {
  return new Promise((resolve) => {
    let octets = Buffer.alloc(0);
    const packets: dnsPacket.Packet[] = [];
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE(0)) {
        const end = 2 + octets.readUInt16BE(0);
        packets.push(dnsPacket.decode(octets.subarray(2, end)));
        octets = octets.subarray(end);
      }
      if (packets.length >= count) resolve(packets);
    });
    socket.once('close', () => resolve(packets));
  });
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(
    {
      'org/example/web/11111111': { host: '192.0.2.1', targetstrip: 1 },
      ...Object.fromEntries(
        Array.from({ length: 120 }, (_, n) => [`org/example/large/${n}`, { text: `${n}`.padEnd(400, 'x'), targetstrip: 1 }]),
      ),
    },
    { tcpIdleTimeoutMs: 400, tcpMaxConnections: 5 },
  );
});
afterAll(() => server[Symbol.asyncDispose]());

async function open(): Promise<Socket & Disposable> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

describe('TCP', () => {
  it('takes frames that are split anywhere', async () => {
    const stream = Buffer.concat([framed(query(1)), framed(query(2, 'nothing.example.org')), framed(query(3))]);
    for (let cut = 1; cut < stream.length; cut += 5) {
      using socket = await open();
      socket.setNoDelay(true);
      const answers = collect(socket, 3);
      socket.write(stream.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(stream.subarray(cut));
      const packets = await answers;
      expect(packets.map(({ id }) => id)).toEqual([1, 2, 3]);
      expect(packets[0]?.answers).toMatchObject([{ type: 'A', data: '192.0.2.1' }]);
    }
  });

  it('takes one octet at a time', async () => {
    using socket = await open();
    socket.setNoDelay(true);
    const answers = collect(socket, 1);
    for (const octet of framed(query(9))) {
      socket.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await answers)[0]).toMatchObject({ id: 9, rcode: 'NOERROR' });
  });

  it('answers a thousand pipelined queries on one connection', async () => {
    using socket = await open();
    const answers = collect(socket, 1000);
    socket.write(Buffer.concat(Array.from({ length: 1000 }, (_, id) => framed(query(id)))));
    expect(new Set((await answers).map(({ id }) => id)).size).toBe(1000);
  });

  it('answers all queries of a client that ends its side at once', async () => {
    using socket = await open();
    const answers = collect(socket, Number.POSITIVE_INFINITY);
    socket.end(Buffer.concat(Array.from({ length: 50 }, (_, id) => framed(query(id, 'large.example.org', 'TXT')))));
    expect(await answers).toHaveLength(50);
  });

  it('stops answering a client that does not read, and goes on when it reads', async () => {
    using socket = await open();
    socket.pause();
    const count = 300; // of 49 KB each: far more than both kernels' buffers hold
    const before = process.memoryUsage().arrayBuffers;
    socket.write(Buffer.concat(Array.from({ length: count }, (_, id) => framed(query(id, 'large.example.org', 'TXT')))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    const answers = collect(socket, count);
    socket.resume();
    expect(await answers).toHaveLength(count);
  });

  it('closes a connection that completes no query in time, though octets keep coming', async () => {
    using socket = await open();
    const closed = once(socket, 'close');
    const drip = setInterval(() => socket.write(Buffer.from([1])), 40);
    await closed;
    clearInterval(drip);
  });

  it('closes connections above the limit, and takes new ones when others have gone', async () => {
    const held = await Promise.all(Array.from({ length: 5 }, open));
    using refused = await open();
    expect(await collect(refused, 1)).toEqual([]);
    for (const socket of held) socket.destroy();
    await eventually(async () => {
      using socket = await open();
      const answers = collect(socket, 1);
      socket.write(framed(query(5)));
      expect(await answers).toHaveLength(1);
    });
  });
});

describe('hostile octets', () => {
  const base = encodeMessage(
    createQuery(
      { name: 'web.example.org', type: 1, class: 1 },
      { id: 1, edns: { udpPayloadSize: 1232, version: 0, dnssecOk: false, options: [] } },
    ),
  );
  const mutated = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(fc.record({ at: fc.nat(base.length - 1), octet: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 }).map((edits) => {
      const octets = base.slice();
      for (const { at, octet } of edits) octets[at] = octet;
      return octets;
    }),
  );

  it('over UDP get a well-formed answer with their ID or none, and the server goes on', async () => {
    const socket = createSocket('udp4');
    let received = 0;
    socket.on('message', (octets) => {
      const message = decodeMessage(octets);
      if (!message.response || message.authoritative !== (message.responseCode === 0 || message.responseCode === 3))
        throw new Error(octets.toString('hex'));
      received++;
    });
    for (const octets of fc.sample(mutated, 3000)) {
      socket.send(octets, server.port, '127.0.0.1');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => {
      socket.send(base, server.port, '127.0.0.1');
      expect(received).toBeGreaterThan(1000);
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });

  it('over TCP leave the server answering', async () => {
    for (const stream of fc.sample(fc.array(mutated, { maxLength: 20 }), 60)) {
      using socket = await open();
      for (const octets of stream) socket.write(octets.length % 3 === 0 ? octets : framed(octets));
    }
    await eventually(async () => {
      using socket = await open();
      const answers = collect(socket, 1);
      socket.write(framed(query(77)));
      expect((await answers)[0]).toMatchObject({ id: 77, rcode: 'NOERROR' });
    });
  });
});
