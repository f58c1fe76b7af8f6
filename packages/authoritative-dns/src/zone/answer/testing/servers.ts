import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  bindRequirement,
  knotRequirement,
  type NameServer,
  nsdRequirement,
  type Requirement,
  startBind,
  startKnot,
  startNsd,
  temporaryFolder,
} from '@seamark/testkit';

import type { DnsMessage } from '../../../wire/message.ts';
import { QuestionClient } from './question-client.ts';
import { type RandomZone, zoneFileText } from './random-zones.ts';

/** What {@link startServers} needs. */
export function serversRequirements(): readonly Requirement[] {
  return [bindRequirement(), knotRequirement(), nsdRequirement()];
}

/** BIND, Knot and NSD with the same zones. */
export interface Servers extends AsyncDisposable {
  readonly names: readonly string[];
  /** Asks all of them, in the order of `names`. */
  ask(name: string, type: number, dnssecOk?: boolean): Promise<readonly DnsMessage[]>;
}

/** Starts the three, with answers as small as they make them. Rejects when one does not load a zone. */
export async function startServers(zones: readonly RandomZone[]): Promise<Servers> {
  const folder = temporaryFolder('zones');
  const served = zones.map((zone, index) => {
    const file = join(folder.path, `${index}.zone`);
    writeFileSync(file, zoneFileText(zone));
    return { name: zone.name, file };
  });
  const started: NameServer[] = [];
  const clients: QuestionClient[] = [];
  const servers: Servers = {
    names: ['BIND', 'Knot', 'NSD'],
    ask: (name, type, dnssecOk = false) => Promise.all(clients.map((client) => client.ask(name, type, dnssecOk))),
    async [Symbol.asyncDispose]() {
      for (const part of [...clients, ...started]) await part[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
  try {
    const options = ['minimal-responses yes;', 'zero-no-soa-ttl no;', 'max-udp-size 4096;'];
    started.push(await startBind({ zones: served, extraOptions: options }));
    started.push(await startKnot({ zones: served, extraOptions: ['udp-max-payload: 4096'] }));
    started.push(await startNsd({ zones: served, extraOptions: ['minimal-responses: yes', 'ipv4-edns-size: 4096'] }));
    for (const { port } of started) clients.push(new QuestionClient(port));
    for (const { name } of zones) {
      for (const [index, { responseCode }] of (await servers.ask(name, 6)).entries()) {
        const server = started[index] as NameServer;
        if (responseCode !== 0)
          throw new Error(
            `${server.software} does not serve ${name}:\n${server
              .output()
              .split('\n')
              .filter((line) => line.includes(name))
              .join('\n')}`,
          );
      }
    }
  } catch (error) {
    await servers[Symbol.asyncDispose]();
    throw error;
  }
  return servers;
}
