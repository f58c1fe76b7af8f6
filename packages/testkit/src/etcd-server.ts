import { connect } from 'node:net';
import { type FixtureProcess, startFixtureProcess } from './containers/fixture-process.ts';
import { freePort } from './free-port.ts';
import { type Requirement, findProgram, programRequirement } from './requirement.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** Options of {@link startEtcd}. */
export interface EtcdOptions {
  /** Default: the etcd on PATH. */
  readonly program?: string;
  /** Where the data stays. Default: a temporary folder that goes with the server. */
  readonly dataFolder?: string;
  /** Client port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Appended to the command line: `['--auto-compaction-retention=…']`. */
  readonly extraArgs?: readonly string[];
}

/** A real etcd of one member on 127.0.0.1. `restart` keeps ports and data, whatever way it ended. */
export interface EtcdServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, the client endpoint. */
  readonly endpoint: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly pid: number;
  /** Output of the present (or last) process. */
  output(): string;
  /** SIGKILL; resolves when the process is gone. The data stays. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. The data stays. */
  stop(): Promise<void>;
  /** Starts again with the same ports and data, after ending a running process with SIGKILL. Resolves when it serves. */
  restart(): Promise<void>;
}

/** Requires etcd on PATH. */
export function etcdRequirement(): Requirement {
  return programRequirement('etcd', 'etcd-server');
}

/** Starts etcd and resolves when it serves reads and writes; rejects with its output when it ends or takes over 20 s. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServer> {
  const program = options.program ?? findProgram('etcd');
  if (program === undefined) throw new Error('etcd is not installed');
  let folder: TemporaryFolder | undefined;
  if (options.dataFolder === undefined) folder = temporaryFolder('etcd');
  const dataFolder = options.dataFolder ?? (folder as TemporaryFolder).path;
  const port = options.port ?? (await freePort());
  const peerPort = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const args = [
    `--data-dir=${dataFolder}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // Alone in its cluster, a member wins its election after one timeout; the defaults (100/1000 ms) are the most of a start.
    '--heartbeat-interval=10',
    '--election-timeout=100',
    '--log-level=error',
    ...(options.extraArgs ?? []),
  ];

  const run = async (): Promise<FixtureProcess> => {
    const started = await startFixtureProcess(program, args, { folders: [dataFolder] });
    try {
      await served(endpoint, port, started);
      return started;
    } catch (error) {
      await started.end('SIGKILL').catch(() => undefined);
      throw error;
    }
  };

  let current: FixtureProcess;
  try {
    current = await run();
  } catch (error) {
    folder?.[Symbol.dispose]();
    throw error;
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await current.end(signal);
  };
  return {
    endpoint,
    port,
    dataFolder,
    get pid() {
      return current.pid;
    },
    output: () => current.output(),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async restart() {
      await end('SIGKILL');
      current = await run();
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL').catch(() => undefined);
      folder?.[Symbol.dispose]();
    },
  };
}

/** Resolves when etcd has a leader and answers; /health does a linearized read. */
async function served(endpoint: string, port: number, started: FixtureProcess): Promise<void> {
  let ended: string | undefined;
  void started.exited.then(
    (code) => (ended = `ended with ${code}`),
    (error: unknown) => (ended = String(error)),
  );
  const deadline = performance.now() + 20_000;
  for (;;) {
    if (ended !== undefined) throw new Error(`etcd ${ended}:\n${started.output().slice(-4_000)}`);
    if (await accepts(port)) {
      const health = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      const text = await health?.text().catch(() => '');
      if (health?.ok === true && text?.includes('"true"') === true) return;
    }
    if (performance.now() > deadline) throw new Error(`etcd did not serve within 20 s:\n${started.output().slice(-4_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
