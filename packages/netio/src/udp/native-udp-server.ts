import { getSystemErrorName } from 'node:util';

import type { NativeBinding, NativeUdpServer } from '../addon/native-binding.ts';
import { AnswerCounts } from './answer-counts.ts';
import { DatagramBatch, type DatagramQuestion, readDatagrams } from './datagram.ts';
import { yieldCollectors } from '../threads/yield-collectors.ts';
import type { UdpQuestion, UdpServer, UdpServerOptions } from './udp-server.ts';

const reusePort = 1;
const packetInfo = 2;
/** Answers are sent in the middle of a turn of the event loop when so many octets wait. */
const sendAtOctets = 64 * 1024;

/** Sockets of the addon. Throws an Error with `code` (EADDRINUSE, …) when it cannot listen. */
export function startNativeUdpServer(binding: NativeBinding, options: UdpServerOptions): UdpServer {
  const countedZones = options.countedZones ?? 4096;
  const questionOctets = options.questionOctets ?? 512 * 1024;
  // A socket of one address answers from it anyway, and saves the octets that say so.
  const isWildcard = options.host.every((octet) => octet === 0);
  const flags = (options.sharePort === true ? reusePort : 0) | (isWildcard ? packetInfo : 0);
  const numbers = Float64Array.of(
    options.port,
    options.scope ?? 0,
    flags,
    options.sockets ?? 1,
    countedZones,
    questionOctets,
    options.socketBufferOctets ?? 4 * 1024 * 1024,
  );
  const taken = new Uint8Array(questionOctets);
  const answers = new DatagramBatch();
  let server: NativeUdpServer | undefined;
  let flushing = false;
  let lastCounts: AnswerCounts | undefined;

  const receive = (): void => {
    if (server === undefined) return;
    const length = binding.udpTake(server, taken);
    if (length === 0) return;
    // Copied once for all of them: a question may be answered later.
    for (const question of readDatagrams(taken.slice(0, length))) options.onQuestion(question);
    flush();
  };
  const flush = (): void => {
    flushing = false;
    if (server !== undefined && answers.length > 0) {
      const datagrams = answers.take();
      binding.udpSend(server, datagrams, datagrams.length);
    }
  };
  const count = (zones: number): AnswerCounts => {
    const counts = new AnswerCounts(Math.min(zones, countedZones));
    if (server !== undefined) binding.udpCounters(server, counts.numbers, 0, counts.blocks);
    return counts;
  };
  const stop = (): void => {
    if (server === undefined) return;
    binding.udpStop(server);
    receive();
  };

  try {
    yieldCollectors();
    server = binding.udpOpen(options.arena?.native, options.host, numbers, receive);
  } catch (error) {
    const { errno } = error as { readonly errno?: number };
    if (errno !== undefined) Object.assign(error as Error, { code: getSystemErrorName(-errno), errno: -errno });
    throw error;
  }
  return {
    port: numbers[0] as number,
    native: true,
    respond(question: UdpQuestion, answer) {
      if (server === undefined) return;
      answers.add(question as DatagramQuestion, answer);
      if (answers.length >= sendAtOctets) return flush();
      if (flushing) return;
      flushing = true;
      // After the callbacks of this turn, so that their answers share one call of the system.
      setImmediate(flush);
    },
    counts: (zones) => (server === undefined && lastCounts !== undefined ? lastCounts : count(zones)),
    stop: async () => stop(),
    async close() {
      if (server === undefined) return;
      stop();
      flush();
      lastCounts = count(countedZones);
      binding.udpClose(server);
      server = undefined;
    },
  };
}
