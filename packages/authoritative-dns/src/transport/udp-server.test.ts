import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { eventually } from '@seamark/testkit';
import { afterEach, describe, expect, it } from 'vitest';

import type { Next } from '../chain/handler.ts';
import type { Client } from '../chain/request.ts';
import { ListenerCounters } from '../metrics/listener-counters.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { oneAddress, queryFor } from '../testing/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { openDgramEngine } from './dgram-engine.ts';
import { netioEngine } from './netio-engine.ts';
import type { Transport } from './transport.ts';
import { startUdpServer } from './udp-server.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((each) => each.close()))));

const query = (id: number, question?: string): Buffer => {
  const octets = queryFor(question);
  octets.writeUInt16BE(id, 0);
  return octets;
};

interface UdpClient {
  readonly socket: Socket;
  readonly ids: number[];
}

describe.each([
  ['of Node', openDgramEngine],
  ['of netio', netioEngine()],
])('the engine %s', (_name, engine) => {
  const start = async (
    chain: Next = oneAddress,
    family: 'IPv4' | 'IPv6' = 'IPv4',
  ): Promise<{ readonly server: Transport; readonly counters: ListenerCounters; readonly client: () => Promise<UdpClient> }> => {
    const host = family === 'IPv4' ? '127.0.0.1' : '::1';
    const counters = new ListenerCounters('dns://:53', 'udp', family === 'IPv4' ? '1' : '2');
    const server = await startUdpServer({ address: { host, port: 0, family }, answerer: new Pipeline({ chain }), counters, engine });
    open.push(server);
    return {
      server,
      counters,
      client: async () => {
        const socket = createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
        const ids: number[] = [];
        socket.on('message', (octets) => ids.push(decodeMessage(octets).id));
        socket.connect(server.address.port, host);
        await once(socket, 'connect');
        open.push({ close: () => new Promise<void>((resolve) => socket.close(() => resolve())) });
        return { socket, ids };
      },
    };
  };

  it.each(['IPv4', 'IPv6'] as const)('tells the chain who asks over %s', async (family) => {
    const clients: Client[] = [];
    const { client, server } = await start((request) => (clients.push(request.client), oneAddress(request)), family);
    const { socket, ids } = await client();
    socket.send(query(1));
    await eventually(() => expect(ids).toEqual([1]));
    const loopback = family === 'IPv4' ? [127, 0, 0, 1] : [...Array.from({ length: 15 }, () => 0), 1];
    expect([...(clients[0]?.address ?? [])]).toEqual(loopback);
    expect(clients[0]).toMatchObject({ transport: 'udp', port: socket.address().port, localPort: server.address.port });
  });

  it('sends what waits for a handler when it is ready', async () => {
    const gates: (() => void)[] = [];
    const { client, counters } = await start(async (request) => {
      if (request.type === 28) await new Promise<void>((resolve) => gates.push(resolve));
      return oneAddress(request);
    });
    const { socket, ids } = await client();
    socket.send(query(1, 'slow.example.org AAAA'));
    await eventually(() => expect(gates).toHaveLength(1));
    socket.send(query(2));
    await eventually(() => expect(ids).toEqual([2]));
    gates[0]?.();
    await eventually(() => expect(ids).toEqual([2, 1]));
    expect([...counters.read()].map(({ zone, types }) => [zone, [...types]])).toContainEqual([
      'example.org.',
      [
        ['A', 1],
        ['AAAA', 1],
      ],
    ]);
  });

  it('drops what a handler drops, and what is no query', async () => {
    const { client, counters } = await start((request) => (request.type === 1 ? { drop: 'acl', by: 'acl' } : oneAddress(request)));
    const { socket, ids } = await client();
    socket.send(query(1));
    socket.send(Buffer.alloc(5));
    socket.send(query(2, 'web.example.org AAAA'));
    await eventually(() => expect(ids).toEqual([2]));
    expect(counters.drops).toEqual(
      new Map([
        ['acl', 1],
        ['too_short', 1],
      ]),
    );
  });

  it('sends the answers under way when it closes', async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const { client, server } = await start(async (request) => {
      asked++;
      await gate.promise;
      return oneAddress(request);
    });
    const { socket, ids } = await client();
    socket.on('error', () => undefined);
    for (let id = 0; id < 10; id++) socket.send(query(id));
    await eventually(() => expect(asked).toBe(10));
    const closed = server.close();
    gate.resolve();
    await closed;
    await eventually(() => expect(ids).toHaveLength(10));
  });

  it('says who holds a port that is in use', async () => {
    const { server } = await start();
    const { address } = server;
    const counters = new ListenerCounters('dns://:53', 'udp', '1');
    await expect(startUdpServer({ address, answerer: new Pipeline({ chain: oneAddress }), counters, engine })).rejects.toMatchObject({
      code: 'SM_LISTEN_FAILED',
    });
  });
});
