import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { LanHost } from '@seamark/e2e/cluster/test-cluster';
import { checkout } from '../lab/seamark.ts';

const program = resolve(checkout, 'e2e/cluster-suites/world/answer-watch.ts');

/** An answer, and when it came: nanoseconds of `process.hrtime.bigint()`, a clock that all processes of a machine share. */
export interface TimedAnswer {
  readonly answeredAtNs: bigint;
  readonly addresses: readonly string[];
}

/** A process on a host of the LAN that asks a DNS server each millisecond. One question at a time. */
export interface AskingClient extends AsyncDisposable {
  /** Asks from now on until an address is answered. Rejects after `timeoutMs`. */
  waitFor(name: string, timeoutMs: number): Promise<TimedAnswer>;
}

/** Starts an {@link AskingClient} in the host's network. */
export async function startAskingClient(host: LanHost, server: string): Promise<AskingClient> {
  const [command, ...args] = host.commandLine(process.execPath, [program, server]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const closed = once(child, 'close');
  let waiting: { readonly name: string; settle(answer: TimedAnswer): void } | undefined;
  const ready = new Promise<void>((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the asking process on ${host.name} ended with ${code}: ${said}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') return done();
      const { name, answeredAtNs, data } = JSON.parse(line) as { name: string; answeredAtNs: string; data: readonly string[] };
      if (waiting?.name === name) waiting.settle({ answeredAtNs: BigInt(answeredAtNs), addresses: data });
    });
  });
  await ready;
  return {
    waitFor: (name, timeoutMs) =>
      new Promise((answered, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${name} is not answered at ${host.name} after ${timeoutMs} ms ${said}`)),
          timeoutMs,
        );
        waiting = {
          name,
          settle(answer) {
            clearTimeout(timer);
            waiting = undefined;
            answered(answer);
          },
        };
        child.stdin.write(`${name}\n`);
      }),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const timer = setTimeout(kill, 2_000);
      await closed;
      clearTimeout(timer);
      process.off('exit', kill);
    },
  };
}
