import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchLab } from '../../cluster/bench-lab.ts';
import { benchPool } from '../../cluster/bench-pool.ts';
import { untilPodsReady } from '../../cluster/release-pods.ts';
import { checkout } from '../../lab/seamark.ts';
import { zone } from '../../lab/services.ts';

/** Images of the originals, by their names for `npm run image`. */
export const peerImages = ['metallb-controller', 'metallb-speaker', 'external-dns', 'coredns', 'etcd'] as const;
/** Where CoreDNS, its etcd and ExternalDNS live. */
export const peerNamespace = 'dns';
/** The Service of CoreDNS. */
export const peerDnsService = 'coredns';
/** Where every pod of theirs lives. */
export const peerNamespaces = ['metallb-system', peerNamespace] as const;

/** MetalLB's controller and a speaker on each node, etcd, ExternalDNS, two of CoreDNS. */
const peerPods = 8;

/** Applies MetalLB, etcd, ExternalDNS and CoreDNS, wired together by hand. Resolves with the milliseconds until every pod was Ready. */
export async function installPeers({ lab, api, images }: BenchLab): Promise<number> {
  const startMs = performance.now();
  for (const namespace of peerNamespaces) await lab.kubectl(['create', 'namespace', namespace]);
  const status = join(import.meta.dirname, '../metallb-status-crds.yaml');
  await lab.kubectl(['apply', '--server-side', '-f', join(checkout, 'charts/seamark/crds'), '-f', status]);
  await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  const replacements = new Map([...images, ['zone', zone], ['pool', JSON.stringify(benchPool(lab))]]);
  const manifests = ['metallb', 'etcd', 'external-dns', 'coredns'].map((name) =>
    readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8').replaceAll(/\$([a-z][a-z-]*)/g, (found, key: string) => {
      const value = replacements.get(key);
      if (value === undefined) throw new Error(`${name}.yaml: nothing is known for ${found}`);
      return value;
    }),
  );
  await lab.kubectl(['apply', '-f', '-'], { input: manifests.join('\n---\n'), timeoutMs: 60_000 });
  await untilPodsReady(api, peerNamespaces, peerPods);
  return performance.now() - startMs;
}
