import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startTcpProxy } from './tcp-proxy.ts';

describe('a TCP proxy', () => {
  let echo: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    echo.close();
  });

  const open = async (port: number): Promise<{ socket: Socket; text: () => string; ended: () => string | undefined }> => {
    let text = '';
    let ended: string | undefined;
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code));
    // A refused connection may be reset before the client has seen it open.
    const opened = new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => {
        ended ??= 'closed';
        resolve();
      });
    });
    await opened;
    return { socket, text: () => text, ended: () => ended };
  };

  test('forwards, resets what is open when it cuts, and forwards new connections', async () => {
    await using proxy = await startTcpProxy((echo.address() as AddressInfo).port);
    const first = await open(proxy.port);
    first.socket.write('a'.repeat(300_000));
    await eventually(() => expect(first.text()).toHaveLength(300_000));
    expect(proxy).toMatchObject({ accepted: 1, open: 1, bytesFromTarget: 300_000 });
    proxy.cut();
    await eventually(() => expect(first.ended()).toBe('ECONNRESET'));
    const second = await open(proxy.port);
    second.socket.write('hello');
    await eventually(() => expect(second.text()).toBe('hello'));
  });

  test('holds bytes of old and new connections until it releases them', async () => {
    await using proxy = await startTcpProxy((echo.address() as AddressInfo).port);
    const old = await open(proxy.port);
    old.socket.write('1');
    await eventually(() => expect(old.text()).toBe('1'));
    proxy.hold();
    old.socket.write('2');
    const fresh = await open(proxy.port);
    fresh.socket.write('3');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([old.text(), fresh.text()]).toEqual(['1', '']);
    proxy.release();
    await eventually(() => expect([old.text(), fresh.text()]).toEqual(['12', '3']));
  });

  test('refuses connections until it accepts them again', async () => {
    await using proxy = await startTcpProxy((echo.address() as AddressInfo).port);
    proxy.refuse();
    const refused = await open(proxy.port);
    await eventually(() => expect(refused.ended()).toBe('ECONNRESET'));
    proxy.accept();
    const taken = await open(proxy.port);
    taken.socket.write('x');
    await eventually(() => expect(taken.text()).toBe('x'));
  });
});
