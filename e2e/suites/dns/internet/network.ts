import { networkNamespaceRequirement, programRequirement, type Requirement, rootRequirement, startProcess } from '@seamark/testkit';

import { diesWithParent } from '../../../lab/kept-process.ts';
import { mustRun, type RunOptions } from '../../../lab/run-program.ts';

/** A network namespace without a link to any other. It has no name and goes with the process that made it, whatever happens. */
export interface Network extends AsyncDisposable {
  /** The command line that runs a program in it. */
  inside(...commandLine: readonly string[]): readonly [string, ...string[]];
  /** Runs a program in it; rejects when it fails. Resolves with its standard output. */
  run(commandLine: readonly string[], options?: RunOptions): Promise<string>;
}

/** What {@link makeNetwork} needs. */
export function networkRequirements(): readonly Requirement[] {
  return [rootRequirement(), networkNamespaceRequirement(), programRequirement('ip', 'iproute2')];
}

/** Makes a network of one host that has these addresses. */
export async function makeNetwork(addresses: readonly string[]): Promise<Network> {
  const holder = startProcess('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && exec sleep infinity']);
  const inside = (...commandLine: readonly string[]): readonly [string, ...string[]] => [
    'nsenter',
    `--net=/proc/${holder.pid}/ns/net`,
    '--',
    ...commandLine,
  ];
  const network: Network = {
    inside,
    run: (commandLine, options) => mustRun([...diesWithParent, ...inside(...commandLine)], options),
    async [Symbol.asyncDispose]() {
      await holder.end('SIGKILL').catch(() => undefined);
    },
  };
  try {
    await holder.waitForOutput(/ready/);
    const lines = addresses.map((address) => `address add ${address}/${address.includes(':') ? 128 : 32} dev lo`);
    await network.run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
    return network;
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}
