import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import { describe, expect, it } from 'vitest';

import { type ConnectionPlace, ConnectionTable } from './connection-table.ts';

let port = 1;

function connection(remoteAddress: string): Socket & { isDestroyed: boolean } {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    remotePort: port++,
    localAddress: '192.0.2.53',
    isDestroyed: false,
    destroy: () => (socket.isDestroyed = true),
  });
  return socket as unknown as Socket & { isDestroyed: boolean };
}

function open(maxConnections: number, maxConnectionsPerClient: number) {
  const drops: string[] = [];
  const table = new ConnectionTable({ maxConnections, maxConnectionsPerClient }, (reason) => drops.push(reason));
  const admit = (address: string) => {
    const socket = connection(address);
    return { socket, place: table.admit(socket) as ConnectionPlace };
  };
  return { table, drops, admit };
}

describe('a table of connections', () => {
  it('closes the one that is idle longest for one too many, and counts it', () => {
    const { admit, drops } = open(3, 3);
    const [first, second, third] = [admit('192.0.2.1'), admit('192.0.2.2'), admit('192.0.2.3')];
    first.place.begin();
    first.place.end();
    expect(admit('192.0.2.4').place).toBeDefined();
    expect([first, second, third].map(({ socket }) => socket.isDestroyed)).toEqual([false, true, false]);
    expect(admit('192.0.2.5').place).toBeDefined();
    expect([first, second, third].map(({ socket }) => socket.isDestroyed)).toEqual([false, true, true]);
    expect(drops).toEqual(['closed_for_another', 'closed_for_another']);
  });

  it('refuses a new one when all have something in work', () => {
    const { admit, drops } = open(2, 2);
    const [first, second] = [admit('192.0.2.1'), admit('192.0.2.2')];
    for (const { place } of [first, second]) place.begin();
    second.place.begin();
    second.place.end();
    const refused = admit('192.0.2.3');
    expect([refused.place, refused.socket.isDestroyed]).toEqual([undefined, true]);
    expect(drops).toEqual(['too_many_connections']);
    second.place.end();
    expect(admit('192.0.2.3').place).toBeDefined();
    expect(second.socket.isDestroyed).toBe(true);
  });

  it('closes those of a client with too many, and of nobody else', () => {
    const { admit, drops } = open(10, 2);
    const other = admit('192.0.2.1');
    const [first, second] = [admit('192.0.2.2'), admit('192.0.2.2')];
    admit('192.0.2.2').place.begin();
    expect([other, first, second].map(({ socket }) => socket.isDestroyed)).toEqual([false, true, false]);
    second.place.begin();
    expect(admit('192.0.2.2').place).toBeUndefined();
    expect(drops).toEqual(['closed_for_another', 'too_many_connections_of_client']);
  });

  it('takes the addresses of one /64 for one client, and those of IPv4 each for its own', () => {
    const { admit, drops } = open(10, 1);
    for (const address of ['2001:db8:0:1::1', '2001:db8:0:2::1', '192.0.2.1', '192.0.2.2', '::ffff:192.0.2.3']) admit(address);
    expect(drops).toEqual([]);
    admit('2001:db8:0:1:ffff::9');
    expect(drops).toEqual(['closed_for_another']);
  });

  it('finds the place of a connection until it closes', () => {
    const { table, admit } = open(1, 1);
    const first = admit('192.0.2.1');
    expect(table.find(first.socket)).toBe(first.place);
    first.socket.emit('close');
    expect(table.find(first.socket)).toBeUndefined();
    const second = admit('192.0.2.1');
    expect(second.socket.isDestroyed).toBe(false);
    second.place.begin();
    second.socket.emit('close');
    second.place.end();
    expect(admit('192.0.2.1').place).toBeDefined();
    expect(second.socket.isDestroyed).toBe(false);
  });
});
