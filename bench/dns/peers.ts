import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bindRequirement,
  freePort,
  knotRequirement,
  type NameServer,
  nsdRequirement,
  programRequirement,
  startBind,
  startKnot,
  startNsd,
  temporaryFolder,
} from '@seamark/testkit';
import { startProgram } from '../lab/running-process.ts';
import { builtProgram } from '../peers/tools.ts';
import { makeCertificate } from './certificate.ts';
import { onServerCore } from './cores.ts';
import { answeredAfterMs, type MeasuredServer } from './measured-server.ts';
import type { DnsLoad } from './questions.ts';

/** A server of somebody else. */
export interface Peer {
  readonly name: string;
  /** What to do before it can be measured; undefined = nothing. */
  readonly missing: string | undefined;
  start(load: DnsLoad): Promise<MeasuredServer>;
}

/** Knot with one worker each for UDP and TCP. Debian's has no DNS over TLS. */
export const knot: Peer = {
  name: 'knot',
  missing: knotRequirement().missing,
  async start({ zone, zoneFile }) {
    return measured('knot', await startKnot({ zones: [{ name: zone, file: zoneFile }], wrapper: onServerCore }));
  },
};

/** NSD with one server process, also over TLS. As small answers as the others, and no limit of answers to one client. */
export const nsd: Peer = {
  name: 'nsd',
  missing: nsdRequirement().missing,
  async start({ zone, zoneFile }) {
    const tlsPort = await freePort();
    const { certFile, keyFile } = makeCertificate();
    const tls = [
      `ip-address: 127.0.0.1@${tlsPort}`,
      `tls-port: ${tlsPort}`,
      `tls-service-pem: "${certFile}"`,
      `tls-service-key: "${keyFile}"`,
    ];
    const extraOptions = ['minimal-responses: yes', 'rrl-ratelimit: 0', ...tls];
    return measured('nsd', await startNsd({ zones: [{ name: zone, file: zoneFile }], wrapper: onServerCore, extraOptions }), tlsPort);
  },
};

/** BIND with one thread, also over TLS. */
export const bind: Peer = {
  name: 'bind',
  missing: bindRequirement().missing,
  async start({ zone, zoneFile }) {
    const tlsPort = await freePort();
    const extraOptions = ['minimal-responses yes;', `listen-on port ${tlsPort} tls ephemeral { 127.0.0.1; };`];
    return measured('bind', await startBind({ zones: [{ name: zone, file: zoneFile }], wrapper: onServerCore, extraOptions }), tlsPort);
  },
};

/** CoreDNS with the file plugin. */
export const coreDns: Peer = coreDnsWith('coredns', ({ zoneFile }) => `  file ${zoneFile}\n`);

/** CoreDNS with the etcd plugin, behind the usual cache: without it, it asks etcd for each question. */
export function coreDnsWithEtcd(endpoint: string): Peer {
  return coreDnsWith('coredns-etcd', () => `  cache 30\n  etcd {\n    path /skydns\n    endpoint ${endpoint}\n  }\n`);
}

function coreDnsWith(name: string, plugins: (load: DnsLoad) => string): Peer {
  const program = builtProgram('coredns', 'coredns');
  return {
    name,
    missing: program === undefined ? 'coredns is not built (npm run setup builds it where Go is on PATH)' : undefined,
    async start(load) {
      const folder = temporaryFolder('bench-coredns');
      const port = await freePort();
      const corefile = join(folder.path, 'Corefile');
      writeFileSync(corefile, `${load.zone}:${port} {\n  bind 127.0.0.1\n${plugins(load)}}\n`);
      const [command, ...pin] = onServerCore;
      const started = startProgram(command, [...pin, program ?? 'coredns', '-conf', corefile]);
      const stop = async (): Promise<void> => {
        await started[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      };
      await answeredAfterMs(started, port, load.names).catch(async (error: unknown) => {
        await stop();
        throw error;
      });
      return { name, pid: started.pid, port, [Symbol.asyncDispose]: stop };
    },
  };
}

/** dnsperf asks in every figure; without it there is none. */
export function mustHaveDnsperf(): void {
  const { missing } = programRequirement('dnsperf', 'dnsperf');
  if (missing !== undefined) throw new Error(missing);
}

/** Those of `peers` that are here, started; `missing` says of the others what to install. */
export async function startPeers(
  peers: readonly Peer[],
  load: DnsLoad,
  stack: AsyncDisposableStack,
): Promise<{ readonly servers: readonly MeasuredServer[]; readonly missing: Readonly<Record<string, string>> }> {
  const servers: MeasuredServer[] = [];
  const missing: Record<string, string> = {};
  for (const peer of peers) {
    if (peer.missing === undefined) servers.push(stack.use(await peer.start(load)));
    else missing[peer.name] = peer.missing;
  }
  return { servers, missing };
}

function measured(name: string, server: NameServer, tlsPort?: number): MeasuredServer {
  const { pid, port } = server;
  return { name, pid, port, ...(tlsPort === undefined ? {} : { tlsPort }), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
