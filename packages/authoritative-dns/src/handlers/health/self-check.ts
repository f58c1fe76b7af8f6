import { Agent, get } from 'node:http';

import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

import type { MetricRegistry } from '../../metrics/metric-registry.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import { sharedHistogram } from '../../metrics/shared-histogram.ts';

/** Told how long each check took, and of those that failed. */
export interface SelfCheckMetrics {
  took(seconds: number): void;
  failed(): void;
}

const intervalMs = 1000;
const timeoutMs = 3000;
const slowSeconds = 1;

/** CoreDNS's metrics of health. */
export function createSelfCheckMetrics(registry: MetricRegistry | undefined): SelfCheckMetrics {
  const duration = sharedHistogram(registry, {
    name: 'coredns_health_request_duration_seconds',
    help: 'Time that the endpoint of health took to answer the server itself, which asks once a second.',
    labelNames: [],
    buckets: [0.00025, 0.0025, 0.025, 0.25, 2.5],
  });
  const failures = sharedCounter(registry, {
    name: 'coredns_health_request_failures_total',
    help: 'Times that the endpoint of health did not answer the server itself.',
    labelNames: [],
  });
  return { took: (seconds) => duration?.observe(seconds), failed: () => failures?.inc() };
}

/**
 * Asks an endpoint of this process once a second over HTTP, until it is disposed: an event loop that is held up shows in how long that
 * takes, also to those who only read metrics. A check that fails or takes more than a second is logged.
 */
export function startSelfCheck(url: string, metrics: SelfCheckMetrics, logger: Logger): Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const stopped = new AbortController();
  let isAsking = false;
  const check = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const startedMs = performance.now();
    const problem = await ask(url, agent, stopped.signal);
    isAsking = false;
    if (stopped.signal.aborted) return;
    const seconds = (performance.now() - startedMs) / 1000;
    metrics.took(seconds);
    if (problem !== undefined) {
      metrics.failed();
      logger.warn(`health: the own endpoint ${url} did not answer: ${problem}`);
    } else if (seconds > slowSeconds) {
      logger.warn(`health: the own endpoint ${url} took ${seconds.toFixed(1)} s to answer: the process has too much to do`);
    }
  };
  const timer = setInterval(() => void check(), intervalMs).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stopped.abort();
      agent.destroy();
    },
  };
}

/** What kept the endpoint from answering, if anything. */
function ask(url: string, agent: Agent, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: timeoutMs, signal }, (response) => {
      response.resume().once('end', () => resolve(undefined));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.once('error', (error) => resolve(messageOf(error)));
  });
}
