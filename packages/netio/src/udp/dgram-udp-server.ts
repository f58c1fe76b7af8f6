import { createSocket, type RemoteInfo } from 'node:dgram';

import { addressFromBytes, addressToBytes, formatAddress, parseAddress } from '@seamark/common/model';

import { AnswerCounts } from './answer-counts.ts';
import type { UdpQuestion, UdpServer, UdpServerOptions } from './udp-server.ts';

/** A question with where Node says that it came from. */
interface DgramQuestion extends UdpQuestion {
  readonly remote: RemoteInfo;
}

/** Turns of the event loop that reading the socket empty may take: those of a buffer of 4 MiB with the smallest datagrams. */
const maxStopTurns = 512;

/**
 * One socket of node:dgram behind the same interface, for where the addon is missing. It asks JavaScript about every question, and
 * answers of a socket for every address leave from whichever address the system chooses. Rejects with Node's error when it cannot listen.
 */
export async function startDgramUdpServer(options: UdpServerOptions): Promise<UdpServer> {
  const isIpv4 = options.host.length === 4;
  const counts = new AnswerCounts(0);
  const socket = createSocket({
    type: isIpv4 ? 'udp4' : 'udp6',
    ipv6Only: !isIpv4,
    reusePort: options.sharePort === true,
    // Answers go to addresses that came in with a question: looking them up would cost a turn of the event loop each.
    lookup: (host, _options, callback) => callback(null, host, isIpv4 ? 4 : 6),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    const host = formatAddress(addressFromBytes(options.host));
    socket.bind({ address: options.scope === undefined ? host : `${host}%${options.scope}`, port: options.port }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  const add = (place: number, value = 1): void => {
    counts.numbers[place] = (counts.numbers[place] as number) + value;
  };
  const places = { received: 0, asked: 2, receivedOctets: 3, batches: 5, portZero: 8, sendFailed: 10 } as const;
  // Without a listener an error would end the process; receive errors (ICMP unreachable) concern one client only.
  socket.on('error', () => add(places.sendFailed));
  try {
    socket.setRecvBufferSize(options.socketBufferOctets ?? 4 * 1024 * 1024);
    socket.setSendBufferSize(options.socketBufferOctets ?? 4 * 1024 * 1024);
  } catch {
    // The default sizes work as well, with less room for bursts.
  }
  let stopped = false;
  let closing: Promise<void> | undefined;
  let closed = false;
  let sending = 0;
  let sent: (() => void) | undefined;
  const afterSend = (error: Error | null): void => {
    if (error !== null) add(places.sendFailed);
    sending--;
    if (sending === 0) sent?.();
  };
  socket.on('message', (octets, remote) => {
    if (stopped) return;
    add(places.received);
    add(places.batches);
    add(places.receivedOctets, octets.length);
    // An answer to port 0 cannot be sent; such a question is forged.
    if (remote.port === 0) return add(places.portZero);
    add(places.asked);
    const address = addressToBytes(parseAddress(remote.address.replace(/%.*$/, '')));
    const question: DgramQuestion = { octets, truncated: false, address, port: remote.port, localAddress: undefined, remote };
    options.onQuestion(question);
  });
  const stop = async (): Promise<void> => {
    if (stopped) return;
    // A turn of the event loop takes a few dozen of the datagrams that wait, and this one may be past that already: a silent turn
    // after the present one says that none are left. New ones keep it from ending no longer than a full buffer would.
    for (let turns = 0, silent = 0; silent < 2 && turns < maxStopTurns; turns++) {
      const before = counts.received;
      await new Promise((resolve) => setImmediate(resolve));
      silent = counts.received === before ? silent + 1 : 0;
    }
    stopped = true;
  };
  return {
    port: socket.address().port,
    native: false,
    respond(question, answer) {
      if (closed) return;
      const { remote } = question as DgramQuestion;
      sending++;
      // Node keeps the octets until they are sent.
      socket.send(answer.slice(), remote.port, remote.address, afterSend);
    },
    counts: () => counts,
    stop,
    close() {
      return (closing ??= (async () => {
        await stop();
        if (sending > 0) await new Promise<void>((resolve) => (sent = resolve));
        closed = true;
        await new Promise<void>((resolve) => socket.close(() => resolve()));
      })());
    },
  };
}
