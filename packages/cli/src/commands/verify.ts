import type { Config } from '@seamark/common/config';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { print } from '../output/print.ts';
import { parseServer } from '../verify/ask-server.ts';
import { verifyInstallation } from '../verify/verify-installation.ts';

/** `seamark verify`: one line for each link that holds; the first signal ends it after the DNSEndpoint has been deleted. */
export async function verify(config: Config, options: Readonly<Record<string, unknown>>): Promise<void> {
  const server = parseServer(options['server'] as string);
  const stop = new AbortController();
  const onSignal = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await verifyInstallation({
      cluster: createKubernetesCluster({ kubeconfig: config.cluster.kubeconfig }),
      namespace: options['namespace'] as string,
      name: options['name'] as string,
      server,
      timeoutMs: (options['timeout'] as number) * 1000,
      report: print,
      signal: stop.signal,
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
