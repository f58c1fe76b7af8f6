import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, temporaryFolder } from '@seamark/testkit';
import { type RunningProcess, startProgram } from '../lab/running-process.ts';
import { checkout, program } from '../lab/seamark.ts';
import { makeCertificate } from './certificate.ts';
import { nameServer, zone } from './content.ts';
import { onServerCore } from './cores.ts';
import { answeredAfterMs, type MeasuredServer } from './measured-server.ts';

/** `seamark authoritative-dns` under measurement. */
export interface SeamarkServer extends MeasuredServer {
  readonly process: RunningProcess;
}

/** Options of {@link startSeamarkServer}. */
export interface SeamarkServerOptions {
  /** Of etcd. */
  readonly endpoint: string;
  /** File of the snapshot, written a second after a change. Default: none is kept. */
  readonly snapshot?: string;
}

/** Starts the built product with a Corefile, as its users do. Resolves at once. */
export async function startSeamarkServer({ endpoint, snapshot }: SeamarkServerOptions): Promise<SeamarkServer> {
  if (!existsSync(program)) throw new Error(`${program} is not built`);
  const folder = temporaryFolder('bench-corefile');
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { certFile, keyFile } = makeCertificate();
  const etcd = [
    '  etcd {',
    `    endpoint ${endpoint}`,
    `    ns ${nameServer.name}. ${nameServer.address}`,
    ...(snapshot === undefined ? [] : [`    snapshot ${snapshot} 1s`]),
    '  }',
  ];
  const block = (key: string, ...more: readonly string[]): readonly string[] => [`${key} {`, '  bind 127.0.0.1', ...more, ...etcd, '}'];
  const lines = [...block(`${zone}:${port}`), ...block(`tls://${zone}:${tlsPort}`, `  tls ${certFile} ${keyFile}`), ''];
  const corefile = join(folder.path, 'Corefile');
  writeFileSync(corefile, lines.join('\n'));
  const [command, ...pin] = onServerCore;
  const started = startProgram(command, [...pin, process.execPath, program, 'authoritative-dns', '-conf', corefile], {
    // As `npm start` does.
    env: { NODE_COMPILE_CACHE: resolve(checkout, 'node_modules/.cache/compiled') },
  });
  return {
    name: 'seamark',
    process: started,
    pid: started.pid,
    port,
    tlsPort,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Like {@link startSeamarkServer}; resolves when all of the first `names` hosts are answered. */
export async function startSeamarkWithHosts(options: SeamarkServerOptions, names: number): Promise<SeamarkServer> {
  const server = await startSeamarkServer(options);
  try {
    await answeredAfterMs(server.process, server.port, names);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
