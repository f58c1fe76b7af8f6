import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  bindRequirement,
  findProgram,
  knotRequirement,
  programRequirement,
  type Requirement,
  startProcess,
  type TestProcess,
  temporaryFolder,
} from '@seamark/testkit';

import { addresses } from './addresses.ts';
import { makeNetwork, type Network, networkRequirements } from './network.ts';
import { zoneFor } from './served-zones.ts';
import { signZone } from './signed-zones.ts';
import { rootHints, rootZone, topLevelZone } from './zone-files.ts';

/** A small internet in one network namespace: a signed root by BIND, a signed org by Knot, and room for two servers that org delegates to. */
export interface Internet extends AsyncDisposable {
  readonly network: Network;
  readonly folder: string;
  /** Root hints file. */
  readonly hints: string;
  /** DNSKEY of the root, in a file. */
  readonly trustAnchor: string;
  /** Zone files of nsec.org and nsec3.org, which are signed and delegated with DS. */
  readonly signedZones: Readonly<Record<'nsec.org' | 'nsec3.org', string>>;
  /** Starts a program in it that goes with it. */
  start(program: string, args: readonly string[], ready: RegExp, options?: { readonly env?: NodeJS.ProcessEnv }): Promise<TestProcess>;
  /** What the programs of this name that were started have said so far. */
  outputOf(program: string): string;
  /** Puts a file into its folder; returns its path. */
  write(name: string, text: string): string;
}

/** What {@link startInternet} needs. */
export function internetRequirements(): readonly Requirement[] {
  return [...networkRequirements(), bindRequirement(), knotRequirement(), programRequirement('dnssec-signzone', 'bind9-utils')];
}

/** Starts it; when it cannot, nothing is left. */
export async function startInternet(): Promise<Internet> {
  const folder = temporaryFolder('internet');
  const started: { readonly program: string; readonly process: TestProcess }[] = [];
  const parts: AsyncDisposable[] = [{ [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() }];
  const end = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  };
  try {
    const network = await makeNetwork(Object.values(addresses).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]));
    parts.push(network);
    const write = (name: string, text: string): string => {
      const path = join(folder.path, name);
      writeFileSync(path, text);
      return path;
    };
    const start: Internet['start'] = async (program, args, ready, options = {}) => {
      const [command, ...rest] = network.inside(findProgram(program) ?? program, ...args);
      const process = startProcess(command, rest, { cwd: folder.path, ...options });
      parts.push(process);
      started.push({ program, process });
      await process.waitForOutput(ready, 60_000);
      return process;
    };
    const nsec = signZone(folder.path, 'nsec.org', zoneFor('nsec.org'), 'NSEC');
    const nsec3 = signZone(folder.path, 'nsec3.org', zoneFor('nsec3.org'), 'NSEC3');
    const topLevel = topLevelZone([
      { name: 'example.org' },
      { name: 'file.org' },
      { name: 'nsec.org', delegationSigner: nsec.delegationSigner },
      { name: 'nsec3.org', delegationSigner: nsec3.delegationSigner },
    ]);
    const org = signZone(folder.path, 'org', topLevel, 'NSEC3');
    const root = signZone(folder.path, '.', rootZone(org.delegationSigner), 'NSEC');
    const bind = write(
      'named.conf',
      `options {
  directory "${folder.path}"; pid-file none; session-keyfile none; lock-file none;
  listen-on { ${addresses.root.ipv4}; }; listen-on-v6 { ${addresses.root.ipv6}; };
  recursion no; notify no; dnssec-validation no; empty-zones-enable no;
};
controls { };
zone "." { type primary; file "${write('root.zone', root.text)}"; };
`,
    );
    await start('named', ['-g', '-n', '1', '-c', bind], /\brunning\s*$/m);
    const knot = write(
      'knot.conf',
      `server:
  rundir: "${folder.path}"
  listen: [ ${addresses.topLevel.ipv4}@53, ${addresses.topLevel.ipv6}@53 ]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder.path}"
log:
  - target: stderr
    any: info
template:
  - id: default
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: org
    file: "${write('org.zone', org.text)}"
`,
    );
    await start('knotd', ['-c', knot], /server started/);
    const outputOf = (program: string): string =>
      started
        .filter((each) => each.program === program)
        .map(({ process }) => process.output())
        .join('');
    return {
      network,
      folder: folder.path,
      hints: write('hints', rootHints),
      trustAnchor: write('root.key', `${root.trustAnchor}\n`),
      signedZones: { 'nsec.org': write('nsec.org.zone', nsec.text), 'nsec3.org': write('nsec3.org.zone', nsec3.text) },
      start,
      outputOf,
      write,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
