import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@seamark/testkit';
import { type KeptProcess, keepRunning } from './kept-process.ts';
import { LabError } from './lab-error.ts';
import { inNetworkOf } from './network-namespace.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What the forwarder's process is told, together with its listening socket. */
export interface ForwarderTarget {
  readonly address: string;
  readonly port: number;
}

/**
 * Makes the API server reachable from the machine without a route to it: a socket that listens on the machine's 127.0.0.1 is handed
 * to a process in the control plane's namespace. A socket stays in the namespace where it was made, new ones are of the process's.
 */
export class ApiForwarder {
  readonly port: number;
  readonly #process: KeptProcess;

  private constructor(port: number, kept: KeptProcess) {
    this.port = port;
    this.#process = kept;
  }

  /** Starts forwarding a free port of 127.0.0.1 to an address in the namespace of `holder`. */
  static async start(holder: ProcessIdentity, address: string, port: number, logFile: string): Promise<ApiForwarder> {
    const listener = await listen();
    const kept = keepRunning([...inNetworkOf(holder), process.execPath, join(import.meta.dirname, 'api-forwarder-process.ts')], {
      logFile,
      talk: 'ipc',
    });
    const target: ForwarderTarget = { address, port };
    const listening = new Promise<void>((resolve, reject) => {
      kept.child.once('message', () => resolve());
      void kept.ended.then((how) => reject(new LabError(`the forwarder to the API server ended at its start: ${how} (${logFile})`)));
    });
    kept.child.send(target, listener.server);
    await listening;
    await new Promise((resolve) => listener.server.close(resolve));
    return new ApiForwarder(listener.port, kept);
  }

  get identity(): ProcessIdentity {
    return this.#process.identity;
  }

  /** Stops listening and closes every connection. */
  end(signal: NodeJS.Signals): Promise<void> {
    return this.#process.end(signal);
  }
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, port };
}
