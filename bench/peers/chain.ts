import type { BenchCluster } from '../lab/cluster.ts';
import type { RunningProcess } from '../lab/running-process.ts';
import { type CoreDns, startCoreDns } from './coredns.ts';
import { startExternalDns } from './external-dns.ts';
import { startMetallb } from './metallb.ts';

/** The four projects wired together by hand: MetalLB's controller, ExternalDNS, etcd (of the cluster fixture) and CoreDNS. */
export interface PeerChain extends AsyncDisposable {
  readonly coredns: CoreDns;
  readonly processes: { readonly metallb: RunningProcess; readonly externalDns: RunningProcess; readonly coredns: RunningProcess };
  /** Throws with its output when one of them has ended. */
  mustRun(): void;
}

/** Starts the chain on a cluster. */
export async function startPeerChain(cluster: BenchCluster): Promise<PeerChain> {
  const kubeconfigFile = cluster.api.kubeconfigPath;
  await using starting = new AsyncDisposableStack();
  const coredns = starting.use(await startCoreDns(cluster.records.endpoint));
  const metallb = starting.use(await startMetallb(cluster.api));
  const externalDns = starting.use(await startExternalDns({ kubeconfigFile, etcdEndpoint: cluster.records.endpoint }));
  const processes = { metallb, externalDns, coredns: coredns.process };
  const owned = starting.move();
  return {
    coredns,
    processes,
    mustRun() {
      for (const each of Object.values(processes)) each.mustRun();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
