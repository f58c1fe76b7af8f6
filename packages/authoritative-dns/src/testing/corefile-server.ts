import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createLogger } from '@seamark/common/observability';
import { temporaryFolder } from '@seamark/testkit';

import { type CorefileServer, createCorefileServer, type CorefileServerOptions } from '../server/corefile-server.ts';
import { UdpClient } from './udp-client.ts';

/** A running server of a Corefile. */
export interface TestCorefileServer extends AsyncDisposable {
  readonly server: CorefileServer;
  readonly folder: string;
  /** Client of the first UDP socket. */
  readonly client: UdpClient;
  /** Lines of its log. */
  readonly log: readonly string[];
  /** Puts a file into the folder of the Corefile. */
  write(name: string, text: string): Promise<void>;
}

/** Starts a server of a Corefile in a folder with these files. */
export async function startCorefileServer(
  corefile: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<CorefileServerOptions> = {},
): Promise<TestCorefileServer> {
  const folder = temporaryFolder('corefile');
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder.path, name), text);
  for (const [name, text] of Object.entries({ ...files, Corefile: corefile })) await write(name, text);
  const log: string[] = [];
  const logger = createLogger({ format: 'text', color: false, destination: { write: (line: string) => void log.push(line) } });
  const server = createCorefileServer({ file: join(folder.path, 'Corefile'), logger, ...options });
  await server.start(new AbortController().signal);
  const client = await UdpClient.open(server.addresses().udp[0]?.port ?? 0);
  return {
    server,
    folder: folder.path,
    client,
    log,
    write,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server.stop();
      folder[Symbol.dispose]();
    },
  };
}
