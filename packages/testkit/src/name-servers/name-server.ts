import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, type TestProcess } from '../child-process.ts';
import { freePort } from '../free-port.ts';
import { findProgram } from '../requirement.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A zone that a name server of somebody else loads from a file. */
export interface ServedZone {
  /** `example.org` */
  readonly name: string;
  /** Absolute path of the zone file. */
  readonly file: string;
}

/** Options of `startBind`, `startKnot` and `startNsd`. */
export interface NameServerOptions {
  readonly zones: readonly ServedZone[];
  /** UDP and TCP port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Threads or processes that answer. Default 1. */
  readonly workers?: number;
  /** Lines for the block of the configuration that holds the server's own options: `options` of BIND, `server` of the others. */
  readonly extraOptions?: readonly string[];
  /** Put before the command: `['taskset', '-c', '0']`. */
  readonly wrapper?: readonly string[];
}

/** A real name server that answers authoritatively on 127.0.0.1 for the zones that it was given. */
export interface NameServer extends AsyncDisposable {
  /** `BIND`, `Knot`, `NSD` */
  readonly software: string;
  readonly port: number;
  /** Of the process that was started, which `wrapper` may have become. */
  readonly pid: number;
  readonly configuration: string;
  output(): string;
}

/** What differs between the programs. */
export interface NameServerProgram {
  readonly software: string;
  readonly program: string;
  readonly debianPackage: string;
  /** The configuration; `folder` is the server's own. */
  configure(options: NameServerOptions, port: number, folder: string): string;
  args(configuration: string): readonly string[];
  /** What it prints once it answers. */
  readonly ready: RegExp;
}

/** Starts a name server with its configuration in a temporary folder; resolves when it answers, rejects with its output when it ends. */
export async function startNameServer(kind: NameServerProgram, options: NameServerOptions): Promise<NameServer> {
  const program = findProgram(kind.program);
  if (program === undefined) throw new Error(`${kind.program} is not installed`);
  const port = options.port ?? (await freePort());
  const folder = temporaryFolder(kind.program);
  const configuration = join(folder.path, `${kind.program}.conf`);
  writeFileSync(configuration, kind.configure(options, port, folder.path));
  const [command, ...args] = [...(options.wrapper ?? []), program, ...kind.args(configuration)] as [string, ...string[]];
  let started: TestProcess | undefined;
  try {
    started = startProcess(command, args, { cwd: folder.path });
    await started.waitForOutput(kind.ready);
  } catch (error) {
    await started?.end('SIGKILL').catch(() => undefined);
    folder[Symbol.dispose]();
    throw error;
  }
  const running = started;
  return {
    software: kind.software,
    port,
    pid: running.pid,
    configuration,
    output: () => running.output(),
    async [Symbol.asyncDispose]() {
      // NSD's parent ends its children only when it is asked to.
      await running.end('SIGTERM').catch(() => undefined);
      folder[Symbol.dispose]();
    },
  };
}
