import { request as httpsRequest } from 'node:https';
import type { ApiServer } from '@seamark/testkit';
import { type ServiceObject, addressOf } from './services.ts';

/** Sees, by a watch of its own, when Services get their addresses. */
export interface ServiceWatch extends Disposable {
  /** Service name → `performance.now()` when the first status with an address arrived here. */
  readonly addressedAtMs: ReadonlyMap<string, number>;
  /** Resolves when `count` Services have an address; rejects after `timeoutMs` with how many have. */
  addressed(count: number, timeoutMs: number): Promise<void>;
}

/** Starts to watch the Services of the namespace default; resolves when the watch is open. */
export async function watchServices(api: ApiServer): Promise<ServiceWatch> {
  const addressedAtMs = new Map<string, number>();
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  const take = (service: ServiceObject): void => {
    if (addressedAtMs.has(service.metadata.name) || addressOf(service).length === 0) return;
    addressedAtMs.set(service.metadata.name, performance.now());
    for (const listener of listeners) listener();
  };
  const list = JSON.parse((await api.request('GET', '/api/v1/namespaces/default/services?limit=1')).text) as {
    metadata: { resourceVersion: string };
  };
  const url = `${api.url}/api/v1/namespaces/default/services?watch=true&timeoutSeconds=900&resourceVersion=${list.metadata.resourceVersion}`;
  await new Promise<void>((resolve, reject) => {
    const request = httpsRequest(
      url,
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` }, agent: false, signal: stop.signal },
      (response) => {
        if (response.statusCode !== 200) return reject(new Error(`watch of Services: HTTP ${response.statusCode}`));
        resolve();
        // The end of the watch is the caller's, or a reason for `addressed` to give up.
        response.on('error', () => undefined);
        response.setEncoding('utf8');
        let rest = '';
        response.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) take((JSON.parse(line) as { object: ServiceObject }).object);
        });
      },
    );
    request.on('error', (error) => {
      if (!stop.signal.aborted) reject(error);
    });
    request.end();
  });
  return {
    addressedAtMs,
    addressed: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          listeners.delete(check);
          settle();
        };
        const check = (): void => {
          if (addressedAtMs.size >= count) finish(resolve);
        };
        const timer = setTimeout(
          () => finish(() => reject(new Error(`${addressedAtMs.size} of ${count} Services have an address after ${timeoutMs} ms`))),
          timeoutMs,
        );
        listeners.add(check);
        check();
      }),
    [Symbol.dispose]: () => stop.abort(),
  };
}
