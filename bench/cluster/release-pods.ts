import type { KubernetesApi } from '@seamark/e2e/lab/kubernetes-api';
import { pause } from '../lab/pause.ts';

/** A pod that is neither finished nor being deleted. */
export interface LivePod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ready: boolean;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Pods of a namespace; `terminating` tells how many are being deleted. */
export async function podsIn(
  api: KubernetesApi,
  namespace: string,
): Promise<{ readonly live: readonly LivePod[]; readonly terminating: number }> {
  const { items } = await api.ask<PodList>('GET', `/api/v1/namespaces/${namespace}/pods`);
  const unfinished = items.filter(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed');
  const live = unfinished
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName ?? '',
      ready: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    }));
  return { live, terminating: unfinished.length - live.length };
}

/** Waits until the namespaces hold `count` pods or more, all of them Ready and none being deleted. Rejects with what is missing. */
export async function untilPodsReady(
  api: KubernetesApi,
  namespaces: readonly string[],
  count: number,
  timeoutMs = 180_000,
): Promise<readonly LivePod[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await Promise.all(namespaces.map((namespace) => podsIn(api, namespace)));
    const live = seen.flatMap((each) => each.live);
    if (live.length >= count && live.every(({ ready }) => ready) && seen.every(({ terminating }) => terminating === 0)) return live;
    if (performance.now() > deadline) {
      const waiting = live.filter(({ ready }) => !ready).map(({ name }) => name);
      throw new Error(`${live.length} of ${count} pods are there after ${timeoutMs / 1_000} s; not Ready: ${waiting.join(', ') || 'none'}`);
    }
    await pause(100);
  }
}
