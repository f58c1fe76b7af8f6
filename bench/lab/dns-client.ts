import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, RECURSION_DESIRED, decode, encode } from 'dns-packet';

/** A stub resolver for one server of 127.0.0.1: one UDP socket, many questions in flight. */
export interface DnsClient extends Disposable {
  /** Addresses that the server answers with; empty for every other answer, and when none comes in `timeoutMs` (default 1 s). */
  resolve(name: string, timeoutMs?: number): Promise<readonly string[]>;
  /** Asks again every `everyMs` until an address is answered; rejects after `timeoutMs`, or when `check` throws. */
  waitFor(name: string, options: WaitOptions): Promise<string>;
}

/** Options of {@link DnsClient.waitFor}. */
export interface WaitOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Called before each question, to fail early when the server is gone. */
  readonly check?: () => void;
}

/** Opens a client for `port` of 127.0.0.1. The codec is not ours, so that an error of ours cannot hide in it. */
export async function openDnsClient(port: number): Promise<DnsClient> {
  const socket: Socket = createSocket('udp4');
  const waiting = new Map<number, { readonly name: string; settle(addresses: readonly string[]): void }>();
  let nextId = 1;
  socket.on('message', (bytes) => {
    const answer = decode(bytes);
    const question = waiting.get(answer.id ?? -1);
    if (question === undefined || answer.questions?.[0]?.name.toLowerCase() !== question.name) return;
    question.settle((answer.answers ?? []).flatMap(addressOf));
  });
  // Nobody listens yet: the next question will tell.
  socket.on('error', () => undefined);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  const resolve: DnsClient['resolve'] = (name, timeoutMs = 1_000) =>
    new Promise((answered) => {
      const id = nextId;
      nextId = (nextId % 65_535) + 1;
      const settle = (addresses: readonly string[]): void => {
        clearTimeout(timer);
        waiting.delete(id);
        answered(addresses);
      };
      const timer = setTimeout(() => settle([]), timeoutMs);
      waiting.set(id, { name, settle });
      socket.send(encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] }), port, '127.0.0.1');
    });
  return {
    resolve,
    async waitFor(name, { everyMs, timeoutMs, check }) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        check?.();
        // A question to a port where nobody listens is lost: do not wait long for its answer.
        const [address] = await resolve(name, Math.max(everyMs, 50));
        if (address !== undefined) return address;
        if (performance.now() > deadline) throw new Error(`${name} is not answered after ${timeoutMs} ms`);
        await new Promise((wait) => setTimeout(wait, everyMs));
      }
    },
    [Symbol.dispose]: () => void socket.close(),
  };
}

function addressOf(answer: Answer): string[] {
  return answer.type === 'A' ? [answer.data] : [];
}
