import { freePort } from '@seamark/testkit';
import { type RunningProcess, startProgram } from '../lab/running-process.ts';
import { zone } from '../lab/services.ts';
import { mustBeBuilt } from './tools.ts';

/** Starts ExternalDNS as its guide for CoreDNS says, with `--events` so that changes do not wait for the next interval. */
export async function startExternalDns(options: {
  readonly kubeconfigFile: string;
  readonly etcdEndpoint: string;
}): Promise<RunningProcess> {
  return startProgram(
    mustBeBuilt('external-dns', 'external-dns'),
    [
      `--kubeconfig=${options.kubeconfigFile}`,
      '--source=service',
      '--provider=coredns',
      `--domain-filter=${zone}`,
      '--policy=sync',
      '--events',
      '--interval=1m',
      '--registry=txt',
      '--txt-owner-id=bench',
      `--metrics-address=127.0.0.1:${await freePort()}`,
    ],
    { env: { ETCD_URLS: options.etcdEndpoint } },
  );
}
