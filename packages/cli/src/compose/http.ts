import { createHttpEndpoints, type HttpEndpoints } from '@seamark/common/observability';
import type { Runtime } from './runtime.ts';

/** The health and metrics endpoints, or nothing when the configuration says `none`. */
export function composeHttp(runtime: Runtime): HttpEndpoints[] {
  const { httpListen } = runtime.config.process;
  if (httpListen === 'none') return [];
  const colon = httpListen.lastIndexOf(':');
  const host = httpListen.slice(0, colon).replace(/^\[|\]$/g, '');
  return [
    createHttpEndpoints({
      host: host === '' ? '::' : host,
      port: Number(httpListen.slice(colon + 1)),
      metrics: runtime.metrics,
      readiness: runtime.readiness,
    }),
  ];
}
