import { type Socket, connect, createServer } from 'node:net';

/** A TCP forwarder of 127.0.0.1 that a test can disturb. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes that came from the target so far. */
  readonly bytesFromTarget: number;
  /** Resets every open connection (RST, as a crashed peer or a firewall does); new ones are forwarded. */
  cut(): void;
  /** Stops moving bytes in both directions, without closing anything: a peer that vanished silently. New connections hang too. */
  hold(): void;
  /** Ends {@link hold}; what was held back flows. */
  release(): void;
  /** Refuses new connections (reset at once) and cuts open ones until `accept` is called. */
  refuse(): void;
  accept(): void;
}

/** Forwards a free port of 127.0.0.1 to `targetPort` of 127.0.0.1. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<{ readonly client: Socket; readonly target: Socket }>();
  let accepted = 0;
  let bytesFromTarget = 0;
  let held = false;
  let refusing = false;

  const server = createServer((client) => {
    accepted += 1;
    client.on('error', () => undefined);
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    client.setNoDelay(true);
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair = { client, target };
    pairs.add(pair);
    const move = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => {
        if (from === target) bytesFromTarget += chunk.length;
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (!held) from.resume();
      });
      from.on('end', () => to.end());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (held) from.pause();
    };
    target.on('error', () => client.resetAndDestroy());
    move(client, target);
    move(target, client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const cut = (): void => {
    for (const pair of pairs) {
      pair.client.resetAndDestroy();
      pair.target.resetAndDestroy();
    }
    pairs.clear();
  };
  const each = (act: (socket: Socket) => void): void => {
    for (const pair of pairs) {
      act(pair.client);
      act(pair.target);
    }
  };
  return {
    port: address.port,
    get accepted() {
      return accepted;
    },
    get open() {
      return pairs.size;
    },
    get bytesFromTarget() {
      return bytesFromTarget;
    },
    cut,
    hold() {
      held = true;
      each((socket) => socket.pause());
    },
    release() {
      held = false;
      each((socket) => socket.resume());
    },
    refuse() {
      refusing = true;
      cut();
    },
    accept() {
      refusing = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
