import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, temporaryFolder, type TestProcess } from '@seamark/testkit';
import { startRunningSeamark } from './seamark-process.ts';
import type { TestObject } from './objects.ts';
import type { World } from './world.ts';

/** The folder's own view of a world: where its files are. */
export interface FolderWorld extends World {
  readonly name: 'folder';
  readonly folder: string;
  readonly dataFolder: string;
}

/** One line of `seamark up --output json`. */
interface ChangeLine {
  readonly object: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly addresses: readonly string[];
}

/** Starts the product over an empty folder with the embedded store. `args` are added to the command line. */
export async function startFolderWorld(args: readonly string[] = [], env: Record<string, string> = {}): Promise<FolderWorld> {
  const root = temporaryFolder('e2e');
  const folder = join(root.path, 'manifests');
  const dataFolder = join(root.path, 'data');
  mkdirSync(folder);
  const dnsPort = await freePort();
  const start = (): Promise<TestProcess> =>
    startRunningSeamark(
      [
        '--manifests',
        folder,
        '--data-dir',
        dataFolder,
        '--dns-listen',
        `127.0.0.1:${dnsPort}`,
        '--metrics-address',
        'none',
        '--output',
        'json',
        '--log-format',
        'json',
        ...args,
      ],
      { env },
    );
  let current = await start();
  const fileOf = (object: TestObject): string =>
    join(folder, `${object.kind}-${object.metadata.namespace ?? ''}-${object.metadata.name}.yaml`.toLowerCase());
  return {
    name: 'folder',
    folder,
    dataFolder,
    dnsPort,
    process: () => current,
    async put(...objects) {
      for (const object of objects) {
        const file = fileOf(object);
        // JSON is YAML. Written aside and renamed, as editors do.
        writeFileSync(`${file}.new`, JSON.stringify(object, undefined, 2));
        renameSync(`${file}.new`, file);
      }
    },
    async remove(...objects) {
      for (const object of objects) rmSync(fileOf(object));
    },
    async addressesOf(namespace, name) {
      return addressesInLines(current.output()).get(`${namespace}/${name}`) ?? [];
    },
    reportedAddresses: async () => addressesInLines(current.output()),
    storedRecords: async () => undefined,
    events: async () => undefined,
    async restart(signal) {
      await current.end(signal);
      current = await start();
    },
    async [Symbol.asyncDispose]() {
      await current.end();
      root[Symbol.dispose]();
    },
  };
}

/** The last word of the change lines on each Service, by `namespace/name`. */
function addressesInLines(output: string): ReadonlyMap<string, readonly string[]> {
  const lines = output.split('\n').filter((line) => line.startsWith('{"time"') && line.endsWith('}') && line.includes('"addresses"'));
  const changes = lines.map((line) => JSON.parse(line) as ChangeLine).filter(({ object }) => object.kind === 'Service');
  return new Map(changes.map(({ object, addresses }) => [`${object.namespace}/${object.name}`, addresses]));
}
