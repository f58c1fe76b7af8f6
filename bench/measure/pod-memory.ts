import { readFileSync, readdirSync } from 'node:fs';
import type { KubernetesApi } from '@seamark/e2e/lab/kubernetes-api';
import type { LivePod } from '../cluster/release-pods.ts';

const megabyte = 1_000_000;

/** Memory of pods in megabytes of 10⁶ bytes. */
export interface PodMemory {
  /** What the kubelet reports, of which it evicts by: the control group's memory without the inactive part of its file cache. */
  readonly workingSet: number;
  /** Sum of the processes' resident pages; a page that several share is counted for each. */
  readonly rss: number;
  /** The same with a shared page counted once, in parts. */
  readonly pss: number;
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly uid: string };
    readonly containers?: readonly { readonly memory?: { readonly workingSetBytes?: number; readonly time: string } }[];
  }[];
}

/** Memory of each pod by its name. Throws where the kubelet has no number for one. */
export async function podMemory(api: KubernetesApi, pods: readonly LivePod[]): Promise<ReadonlyMap<string, PodMemory>> {
  const summaries = await Promise.all(
    [...new Set(pods.map(({ node }) => node))].map((node) => api.ask<Summary>('GET', `/api/v1/nodes/${node}/proxy/stats/summary`)),
  );
  const containers = new Map(summaries.flatMap((each) => each.pods).map((pod) => [pod.podRef.uid, pod.containers ?? []]));
  const processes = memoryByPod(pods.map(({ uid }) => uid));
  return new Map(
    pods.map(({ name, uid }) => {
      const workingSetBytes = containers.get(uid)?.reduce((sum, { memory }) => sum + (memory?.workingSetBytes ?? 0), 0) ?? 0;
      if (workingSetBytes === 0) throw new Error(`the kubelet has no memory of pod ${name}`);
      return [name, { workingSet: workingSetBytes / megabyte, ...(processes.get(uid) ?? { rss: 0, pss: 0 }) }];
    }),
  );
}

/** Sums over the processes of this machine whose control group is a pod's; the pause container is one of them. */
function memoryByPod(uids: readonly string[]): ReadonlyMap<string, { readonly rss: number; readonly pss: number }> {
  const sums = new Map<string, { rss: number; pss: number }>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const groups = readFileSync(`/proc/${entry}/cgroup`, 'utf8');
      const uid = uids.find((each) => groups.includes(each));
      if (uid === undefined) continue;
      const rollup = readFileSync(`/proc/${entry}/smaps_rollup`, 'utf8');
      const sum = sums.get(uid) ?? { rss: 0, pss: 0 };
      const bytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1_024;
      sums.set(uid, { rss: sum.rss + bytes('Rss') / megabyte, pss: sum.pss + bytes('Pss') / megabyte });
    } catch {
      // The process has ended.
    }
  }
  return sums;
}
