import { eventually } from '@seamark/testkit';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import type { Next } from '../chain/handler.ts';
import { ListenerCounters } from '../metrics/listener-counters.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { mutated, numbersFrom } from '../testing/mutations.ts';
import { addressSet, edns, oneAddress, queryFor, responseWith } from '../testing/pipeline.ts';
import { framed, StreamClient } from '../testing/stream-client.ts';
import type { StreamLimits } from './stream-limits.ts';
import { startTcpServer } from './tcp-server.ts';
import type { StreamTransport } from './transport.ts';

const address = { host: '127.0.0.1', port: 0, family: 'IPv4' } as const;
const open: Disposable[] = [];
const servers: StreamTransport[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) client[Symbol.dispose]();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Started {
  readonly port: number;
  readonly counters: ListenerCounters;
  readonly server: StreamTransport;
  readonly client: () => Promise<StreamClient>;
}

async function start(chain: Next = oneAddress, limits: StreamLimits = {}, extra: { readonly reusePort?: boolean } = {}): Promise<Started> {
  const counters = new ListenerCounters('dns://:53', 'tcp', '1');
  const server = await startTcpServer({ address, answerer: new Pipeline({ chain }), counters, ...limits, ...extra });
  servers.push(server);
  const { port } = server.address;
  return {
    port,
    counters,
    server,
    async client() {
      const client = await StreamClient.open(port);
      open.push(client);
      return client;
    },
  };
}

const query = (id: number, question?: string): Buffer => {
  const octets = queryFor(question, edns());
  octets.writeUInt16BE(id, 0);
  return octets;
};
const ids = (answers: readonly { readonly id: number }[]): number[] => answers.map(({ id }) => id);

/** A chain whose questions wait until they are let go by name. */
function gatedChain(): { chain: Next; release: (label: string) => void; waiting: () => number } {
  const gates = new Map<string, () => void>();
  return {
    chain: ({ name, nameAsAsked }) => {
      const label = Buffer.from(name).toString('latin1', 1, 1 + (name[0] as number));
      const response = responseWith([{ ...addressSet('x', '192.0.2.1'), owner: nameAsAsked }]);
      if (label === 'now') return response;
      return new Promise((resolve) => gates.set(label, () => resolve(response)));
    },
    release: (label) => {
      gates.get(label)?.();
      gates.delete(label);
    },
    waiting: () => gates.size,
  };
}

describe('a TCP server', () => {
  it('answers out of order: what waits for a handler keeps nothing else', async () => {
    const gated = gatedChain();
    const { client } = await start(gated.chain);
    const asking = await client();
    asking.send(query(1, 'slow.example.org A'), query(2, 'now.example.org A'), query(3, 'slower.example.org A'));
    expect(ids(await asking.received(1))).toEqual([2]);
    gated.release('slower');
    expect(ids(await asking.received(2))).toEqual([2, 3]);
    gated.release('slow');
    expect(ids(await asking.received(3))).toEqual([2, 3, 1]);
  });

  it('gives the same answers however the stream of queries is cut', async () => {
    const { client } = await start();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(), { maxLength: 12 }), async (count, places) => {
        const stream = Buffer.concat(Array.from({ length: count }, (_, id) => framed(query(id))));
        const cuts = [0, ...places.map((place) => place % stream.length).toSorted((one, other) => one - other), stream.length];
        const asking = await client();
        for (const [index, end] of cuts.entries()) {
          if (index === 0) continue;
          asking.socket.write(stream.subarray(cuts[index - 1], end));
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(ids(await asking.received(count))).toEqual(Array.from({ length: count }, (_, id) => id));
        asking.socket.destroy();
      }),
      { numRuns: 60 },
    );
  });

  it('reads no further when many queries of a connection wait, and goes on when they are answered', async () => {
    const gated = gatedChain();
    const { client } = await start(gated.chain, { maxInFlight: 4 });
    const asking = await client();
    asking.send(...Array.from({ length: 20 }, (_, n) => query(n, `n${n}.example.org A`)));
    await eventually(() => expect(gated.waiting()).toBe(4));
    for (let n = 0; n < 20; n++) {
      await eventually(() => expect(gated.waiting()).toBeGreaterThan(0));
      gated.release(`n${n}`);
    }
    expect(ids(await asking.received(20))).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('closes after as many queries as one connection may have, when all are answered', async () => {
    const gated = gatedChain();
    const { client } = await start(gated.chain, { maxTcpQueries: 3 });
    const asking = await client();
    asking.send(
      query(1, 'slow.example.org A'),
      query(2, 'now.example.org A'),
      query(3, 'now.example.org A'),
      query(4, 'now.example.org A'),
    );
    expect(ids(await asking.received(2))).toEqual([2, 3]);
    expect(asking.isClosed).toBe(false);
    gated.release('slow');
    await asking.closedByServer();
    expect(ids(asking.answers)).toEqual([2, 3, 1]);
  });

  it('closes the connection that is idle longest for one too many, and refuses that when all wait for answers', async () => {
    const gated = gatedChain();
    const { client, counters } = await start(gated.chain, { maxConnections: 2 });
    const [silent, busy] = [await client(), await client()];
    busy.send(query(1, 'slow.example.org A'));
    await eventually(() => expect(gated.waiting()).toBe(1));
    const third = await client();
    third.send(query(2, 'slower.example.org A'));
    await silent.closedByServer();
    await eventually(() => expect(gated.waiting()).toBe(2));
    await (await client()).closedByServer();
    expect([counters.drops.get('closed_for_another'), counters.drops.get('too_many_connections')]).toEqual([1, 1]);
    gated.release('slow');
    gated.release('slower');
    expect([ids(await busy.received(1)), ids(await third.received(1))]).toEqual([[1], [2]]);
    // Both are idle now.
    const last = await client();
    last.send(query(3, 'now.example.org A'));
    expect(ids(await last.received(1))).toEqual([3]);
    await busy.closedByServer();
  });

  it('keeps nobody out for connections that begin a query and do not end it', async () => {
    const { client, counters } = await start(oneAddress, { maxConnections: 5 });
    const slow = await Promise.all(Array.from({ length: 5 }, () => client()));
    for (const { socket } of slow) socket.write(Buffer.from([0, 40, 1]));
    const asking = await client();
    asking.send(query(1));
    expect(ids(await asking.received(1))).toEqual([1]);
    expect(counters.drops.get('closed_for_another')).toBe(1);
  });

  it('takes only so many connections of one client', async () => {
    const gated = gatedChain();
    const { client, counters } = await start(gated.chain, { maxConnectionsPerClient: 1 });
    (await client()).send(query(1, 'slow.example.org A'));
    await eventually(() => expect(gated.waiting()).toBe(1));
    await (await client()).closedByServer();
    expect(counters.drops.get('too_many_connections_of_client')).toBe(1);
  });

  it('closes a connection that sends a query octet by octet, whatever comes in between', async () => {
    const { client, counters } = await start(oneAddress, { idleTimeoutMs: 60_000, readTimeoutMs: 300 });
    const asking = await client();
    asking.send(query(1));
    await asking.received(1);
    const octets = framed(Buffer.concat([query(2), Buffer.alloc(3000)]));
    let sent = 0;
    const drip = setInterval(() => asking.socket.write(octets.subarray(sent, ++sent)), 20);
    await asking.closedByServer();
    clearInterval(drip);
    expect(sent).toBeLessThan(octets.length);
    expect(counters.drops.get('read_timeout')).toBe(1);
  });

  it('closes a connection that never asks, and one that asks no more', async () => {
    const { client } = await start(oneAddress, { idleTimeoutMs: 200 });
    const silent = await client();
    const asking = await client();
    asking.send(query(1));
    await silent.closedByServer();
    await asking.closedByServer();
    expect(asking.answers).toHaveLength(1);
  });

  it('goes by other limits when it is told to, also for connections that are open', async () => {
    const { client, server } = await start(oneAddress, { maxConnections: 1 });
    const idle = await client();
    server.replaceLimits({ idleTimeoutMs: 200, maxConnections: 2 });
    const other = await client();
    other.send(query(1));
    expect(ids(await other.received(1))).toEqual([1]);
    expect(idle.isClosed).toBe(false);
    await idle.closedByServer();
    await other.closedByServer();
  });

  it('closes a connection that sends frames that are no queries', async () => {
    const { client } = await start(oneAddress, { idleTimeoutMs: 200 });
    const asking = await client();
    const drip = setInterval(() => asking.socket.write(Buffer.from([0, 0])), 20);
    await asking.closedByServer();
    clearInterval(drip);
  });

  it('gives up a client that takes no answers', async () => {
    const large = responseWith([addressSet('web.example.org', ...Array.from({ length: 4000 }, () => '192.0.2.1'))]);
    const { client, counters } = await start(() => large, { writeTimeoutMs: 300 });
    const asking = await client();
    asking.socket.pause();
    for (let n = 0; n < 400; n++) asking.send(query(n));
    await eventually(() => expect(counters.drops.get('write_timeout')).toBe(1));
    asking.socket.resume();
    await asking.closedByServer();
    expect(asking.answers.length).toBeLessThan(400);
  });

  it('answers a client that has ended its side, and one that resets leaves nothing behind', async () => {
    const gated = gatedChain();
    const { client, server } = await start(gated.chain);
    const ended = await client();
    ended.socket.end(framed(query(1, 'slow.example.org A')));
    const reset = await client();
    reset.send(query(2, 'gone.example.org A'));
    await eventually(() => expect(gated.waiting()).toBe(2));
    reset.socket.resetAndDestroy();
    gated.release('gone');
    gated.release('slow');
    expect(ids(await ended.received(1))).toEqual([1]);
    await ended.closedByServer();
    await server.close();
  });

  it('closes with the answers under way sent, and takes no new connection', async () => {
    const gated = gatedChain();
    const { client, server } = await start(gated.chain);
    const [busy, idle] = [await client(), await client()];
    busy.send(query(1, 'slow.example.org A'));
    await eventually(() => expect(gated.waiting()).toBe(1));
    const closed = server.close();
    await idle.closedByServer();
    await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    busy.send(query(2, 'now.example.org A'));
    gated.release('slow');
    await busy.closedByServer();
    expect(ids(busy.answers)).toEqual([1]);
    await closed;
  });

  it('shares a port with others when it may', async () => {
    const { port, server } = await start(oneAddress, {}, { reusePort: true });
    const counters = new ListenerCounters('dns://:53', 'tcp', '1');
    const second = { address: { ...address, port }, answerer: new Pipeline({ chain: oneAddress }), counters };
    await expect(startTcpServer(second)).rejects.toMatchObject({ code: 'SM_LISTEN_FAILED' });
    servers.push(await startTcpServer({ ...second, reusePort: true }));
    await server.close();
    const asking = await StreamClient.open(port);
    open.push(asking);
    asking.send(query(1));
    expect(await asking.received(1)).toHaveLength(1);
  });

  it('drops the query that a handler drops, and goes on', async () => {
    const { client, counters } = await start((request) => (request.type === 1 ? { drop: 'acl', by: 'acl' } : oneAddress(request)));
    const asking = await client();
    asking.send(query(1), query(2, 'web.example.org AAAA'));
    expect(ids(await asking.received(1))).toEqual([2]);
    expect(counters.drops.get('acl')).toBe(1);
  });
});

/** `npm run fuzz` asks for more. */
describe('mutated streams', () => {
  const count = Number(process.env['SEAMARK_FUZZ_STREAMS'] ?? 2000);
  const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);

  it(
    `never get an answer of a wrong length, or one that nobody asked for (${count} streams, seed ${seed})`,
    { timeout: 60_000 + 10 * count },
    async () => {
      const random = numbersFrom(seed);
      const { client, server } = await start(oneAddress, { idleTimeoutMs: 5000, maxConnectionsPerClient: 1000 });
      const base = [query(7), query(8, 'nothing.example.org TXT'), queryFor('x.example.org AAAA')];
      const lanes = Array.from({ length: 8 }, async (_, lane) => {
        for (let n = lane; n < count; n += 8) {
          const messages = Array.from({ length: 1 + (random() % 4) }, () => mutated(base[random() % base.length] as Buffer, random));
          const stream = Buffer.concat(messages.map((message) => (random() % 10 === 0 ? message : framed(message))));
          const asking = await client();
          for (let at = 0; at < stream.length;) {
            const end = random() % 3 === 0 ? at + 1 + (random() % 20) : stream.length;
            asking.socket.write(stream.subarray(at, end));
            at = end;
          }
          const wait = random() % 4;
          if (wait === 0) asking.socket.resetAndDestroy();
          else {
            asking.socket.end();
            await asking.closedByServer();
            expect(asking.isInside).toBe(false);
            expect(asking.answers.length).toBeLessThanOrEqual(stream.length / 14);
            expect(asking.answers.every(({ response }) => response)).toBe(true);
          }
          asking.socket.destroy();
        }
      });
      await Promise.all(lanes);
      open.length = 0;
      const asking = await client();
      asking.send(query(99));
      expect(ids(await asking.received(1))).toEqual([99]);
      await server.close();
    },
  );
});
