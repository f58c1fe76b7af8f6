import type { KubernetesApi } from '@seamark/e2e/lab/kubernetes-api';
import { pause } from '../lab/pause.ts';
import { type ServiceObject, addressOf } from '../lab/services.ts';

/** The address of a Service of type LoadBalancer, once it has one. */
export async function loadBalancerAddress(api: KubernetesApi, namespace: string, name: string, timeoutMs = 60_000): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const [address] = addressOf(await api.ask<ServiceObject>('GET', `/api/v1/namespaces/${namespace}/services/${name}`));
    if (address !== undefined) return address;
    if (performance.now() > deadline) throw new Error(`Service ${namespace}/${name} has no address after ${timeoutMs / 1_000} s`);
    await pause(50);
  }
}
