import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, temporaryFolder } from '@seamark/testkit';
import { type RunningProcess, startProgram } from '../lab/running-process.ts';
import { zone } from '../lab/services.ts';
import { mustBeBuilt } from './tools.ts';

/** A CoreDNS with the etcd plugin. */
export interface CoreDns extends AsyncDisposable {
  readonly process: RunningProcess;
  /** Port of 127.0.0.1 where it answers without a cache. */
  readonly dnsPort: number;
  /** Port of 127.0.0.1 where it answers through the `cache 30` of the usual Corefile. */
  readonly cachedDnsPort: number;
}

/** Starts CoreDNS over the records of an etcd. */
export async function startCoreDns(etcdEndpoint: string): Promise<CoreDns> {
  const folder = temporaryFolder('bench-coredns');
  const [dnsPort, cachedDnsPort] = [await freePort(), await freePort()];
  const corefile = join(folder.path, 'Corefile');
  const block = (port: number, cache: string): string =>
    `${zone}:${port} {\n  bind 127.0.0.1\n${cache}  etcd {\n    path /skydns\n    endpoint ${etcdEndpoint}\n  }\n}\n`;
  writeFileSync(corefile, block(dnsPort, '') + block(cachedDnsPort, '  cache 30\n'));
  const started = startProgram(mustBeBuilt('coredns', 'coredns'), ['-conf', corefile]);
  return {
    process: started,
    dnsPort,
    cachedDnsPort,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
