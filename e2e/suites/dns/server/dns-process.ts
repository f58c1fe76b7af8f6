import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventually, freePort, temporaryFolder, type TestProcess } from '@seamark/testkit';

import { startSeamark } from '../../../world/seamark-process.ts';
import type { Engine } from './engines.ts';
import { query, UdpAsker } from './udp-asker.ts';

/** A server process of ours on 127.0.0.1. */
export interface DnsProcess extends AsyncDisposable {
  readonly process: TestProcess;
  /** UDP and TCP. */
  readonly port: number;
  readonly folder: string;
  readonly asker: UdpAsker;
  /** Memory that it occupies. */
  residentOctets(): number;
  /** Files, sockets and so on that it has open. */
  openFiles(): number;
}

/** Options of {@link startDns}. */
export interface DnsProcessOptions {
  /** Text of the Corefile. */
  corefile(port: number, folder: string): string;
  /** Put into the folder of the Corefile before the start. */
  readonly files?: Readonly<Record<string, string>>;
  /** A port to use again. Default: a free one. */
  readonly port?: number;
  /** A folder to use again; it is then left in place. Default: a temporary one. */
  readonly folder?: string;
  /** Default: what the server takes by itself. */
  readonly engine?: Engine;
  /** Resolves with this line of its log. Default: that it runs. */
  readonly ready?: RegExp;
}

/** Starts a server process and resolves when it runs; rejects with its output when it ends. */
export async function startDns(options: DnsProcessOptions): Promise<DnsProcess> {
  const own = options.folder === undefined ? temporaryFolder('dns') : undefined;
  const folder = options.folder ?? own?.path ?? '';
  const port = options.port ?? (await freePort());
  for (const [name, text] of Object.entries({ ...options.files, Corefile: options.corefile(port, folder) }))
    writeFileSync(join(folder, name), text);
  const process = startSeamark(['authoritative-dns', '-conf', join(folder, 'Corefile')], {
    env: options.engine === undefined ? {} : { SEAMARK_DNS_ENGINE: options.engine },
  });
  try {
    await process.waitForOutput(options.ready ?? /running/, 60_000);
  } catch (error) {
    await process.end('SIGKILL');
    own?.[Symbol.dispose]();
    throw error;
  }
  const asker = await UdpAsker.open(port);
  return {
    process,
    port,
    folder,
    asker,
    residentOctets: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'))?.[1]) * 1024,
    openFiles: () => readdirSync(`/proc/${process.pid}/fd`).length,
    async [Symbol.asyncDispose]() {
      asker[Symbol.dispose]();
      await process[Symbol.asyncDispose]();
      own?.[Symbol.dispose]();
    },
  };
}

/** Waits until it answers this question with NOERROR. */
export async function answers({ asker }: DnsProcess, name: string, type: string): Promise<void> {
  await eventually(
    async () => {
      const reply = await asker.exchange(query(name, type), 1_000);
      if (reply === undefined || (reply.readUInt16BE(2) & 15) !== 0) throw new Error(`no answer for ${name} ${type}`);
    },
    { timeoutMs: 30_000 },
  );
}
