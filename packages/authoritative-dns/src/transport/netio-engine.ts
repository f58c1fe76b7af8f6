import { networkInterfaces } from 'node:os';

import { type AnswerArena, startUdpServer, type UdpQuestion, type UdpServer } from '@seamark/netio';

import type { Client } from '../chain/request.ts';
import type { WriteAnswer } from '../respond/pipeline.ts';
import { ownUdpPayloadOctets } from '../wire/limits.ts';
import { addressOctets } from './client-address.ts';
import type { DatagramEngine } from './datagram-engine.ts';
import { listenError } from './listen-error.ts';
import { closeGraceMs } from './transport.ts';

/** Options of {@link netioEngine}. */
export interface NetioEngineOptions {
  /** Answers that need no handler. */
  readonly arena?: AnswerArena;
  /** Sockets on the port, each with a thread of its own. Default 1. */
  readonly sockets?: number;
  /** Zones of the arena with counters of their own. Default 4096. */
  readonly countedZones?: number;
  /** Told once in a process when the native part is missing, with the reason. */
  readonly onFallback?: (problem: string) => void;
  /** Takes the server, to read what it counts. */
  readonly onOpen?: (server: UdpServer) => void;
}

/** Most questions that wait for a handler; further ones are dropped. */
const maxWaiting = 4096;

/** The engine of @seamark/netio: batches of datagrams per system call, answers from the address that was asked, threads of its own. */
export function netioEngine(options: NetioEngineOptions = {}): DatagramEngine {
  return async (engine) => {
    const { address, reusePort } = engine;
    const { onOpen, ...netio } = options;
    const out = new Uint8Array(ownUdpPayloadOctets);
    let waiting = 0;
    let allAnswered: (() => void) | undefined;

    const answerLater = async (question: UdpQuestion, later: Promise<WriteAnswer>): Promise<void> => {
      waiting++;
      const write = await later;
      const length = write(out);
      if (length > 0) server.respond(question, out.subarray(0, length));
      if (--waiting === 0) allAnswered?.();
    };
    const onQuestion = (question: UdpQuestion): void => {
      if (question.port === 0) return engine.dropped('source_port_zero');
      if (waiting >= maxWaiting) return engine.dropped('overloaded');
      const result = engine.answer(question.octets, clientOf(question, server.port), out);
      if (typeof result !== 'number') void answerLater(question, result);
      else if (result > 0) server.respond(question, out.subarray(0, result));
    };
    const server = await startUdpServer({
      ...netio,
      host: addressOctets(address.host),
      port: address.port,
      scope: interfaceNumber(address.host),
      sharePort: reusePort,
      onQuestion,
    }).catch((error: unknown) => {
      throw listenError('udp', address, error);
    });
    onOpen?.(server);

    const close = async (): Promise<void> => {
      await server.stop();
      if (waiting > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        allAnswered = resolve;
        const giveUp = setTimeout(resolve, closeGraceMs);
        await promise;
        clearTimeout(giveUp);
      }
      await server.close();
    };
    let closing: Promise<void> | undefined;
    return { address: { ...address, port: server.port }, close: () => (closing ??= close()) };
  };
}

function clientOf({ address, port, localAddress }: UdpQuestion, localPort: number): Client {
  return { transport: 'udp', address, port, localAddress, localPort };
}

/** Number of the interface that a link-local address names (`fe80::1%eth0`), 0 where it names none. */
function interfaceNumber(host: string): number {
  const [address, name] = host.split('%') as [string, string?];
  if (name === undefined) return 0;
  if (/^\d+$/.test(name)) return Number(name);
  const found = networkInterfaces()[name]?.find((each) => each.family === 'IPv6' && each.address === address);
  return found?.family === 'IPv6' ? found.scopeid : 0;
}
