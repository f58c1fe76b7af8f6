import type { DatagramEngine } from './datagram-engine.ts';
import { openDgramEngine } from './dgram-engine.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** Options of {@link startUdpServer}. */
export interface UdpServerOptions extends TransportOptions {
  /** What receives and sends. Default: Node's own sockets. */
  readonly engine?: DatagramEngine;
}

/** Answers over UDP. Throws SM_LISTEN_FAILED when it cannot listen. */
export function startUdpServer(options: UdpServerOptions): Promise<Transport> {
  const { address, answerer, counters, engine = openDgramEngine } = options;
  const count = (length: number, startedMs: number): number => {
    if (length > 0) counters.answered(answerer.report, performance.now() - startedMs);
    else counters.unanswered(answerer.report);
    return length;
  };
  return engine({
    address,
    reusePort: options.reusePort ?? false,
    dropped: (reason) => counters.dropped(reason),
    answer(packet, client, out) {
      const startedMs = performance.now();
      const result = answerer.answer(packet, client, out);
      if (typeof result === 'number') return count(result, startedMs);
      return result.then((write) => (later) => count(write(later), startedMs));
    },
  });
}
