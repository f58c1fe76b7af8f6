import { isSeamarkError } from '../../errors/index.ts';
import { apiFailureOf } from './api-error.ts';
import { backoffMs } from './backoff.ts';

/** Times of a reflector; tests shorten them. */
export interface ReflectorTimes {
  /** Base and bound of the backoff after a failure. Default 200 and 10,000 ms. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** A watch that lasted this long was healthy: the backoff starts anew. Default 5,000 ms. */
  readonly healthyAfterMs: number;
  /** Wait after a 403: rights are granted by people. Default 30,000 ms, half of it jitter. */
  readonly forbiddenRetryMs: number;
  /** How often an absent kind is looked for when custom resource definitions may not be read. Default 60,000 ms. */
  readonly blindRetryMs: number;
  /** A watch is asked to end after a random time between this and twice this. Default 300 s. */
  readonly watchSeconds: number;
  /** A watch on which not even a bookmark (one a minute) came for so long is taken for dead. Default 150,000 ms. */
  readonly silenceMs: number;
}

/** Defaults of {@link ReflectorTimes}. */
export const defaultReflectorTimes: ReflectorTimes = {
  backoffBaseMs: 200,
  backoffMaxMs: 10_000,
  healthyAfterMs: 5_000,
  forbiddenRetryMs: 30_000,
  blindRetryMs: 60_000,
  watchSeconds: 300,
  silenceMs: 150_000,
};

/**
 * How long to wait after the n-th failure in a row (from 1): the backoff, at least what the API server asks for, and long after a
 * refusal, because rights are granted by people.
 */
export function retryDelayMs(error: unknown, failures: number, times: ReflectorTimes, random: () => number): number {
  if (isSeamarkError(error, 'SM_CLUSTER_FORBIDDEN')) return times.forbiddenRetryMs * (0.5 + random() / 2);
  const backoff = backoffMs(failures, { baseMs: times.backoffBaseMs, maxMs: times.backoffMaxMs, random });
  return Math.max(apiFailureOf(error)?.retryAfterMs ?? 0, backoff);
}
