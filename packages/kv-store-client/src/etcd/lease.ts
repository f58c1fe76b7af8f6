import { isSeamarkError } from '@seamark/common/errors';
import type { KvLease, RequestOptions } from '../kv-store.ts';
import type { EtcdConnection } from './connection.ts';
import type { CompiledEtcdOptions } from './options.ts';
import { safeNumber } from './wire.ts';

/** Pause before a failed renewal is tried again, in ms. */
const retryAfterMs = 250;

/**
 * Grants a lease and keeps it alive: every third of its TTL, and more often while renewals fail. The monotonic clock alone decides: a
 * renewal counts from the moment it was sent, so `lost` aborts no later than the server's own expiry could come.
 */
export async function grantEtcdLease(
  connection: EtcdConnection,
  options: CompiledEtcdOptions,
  ttlSeconds: number,
  request: RequestOptions,
): Promise<KvLease> {
  const { clock } = options;
  let sentMs = clock.monotonicMs();
  const granted = await connection.unary<{ ID: string; TTL: string }>(
    'Lease',
    'leaseGrant',
    { TTL: ttlSeconds, ID: '0' },
    { signal: request.signal, repeatable: true },
  );
  const id = granted.ID;
  const grantedSeconds = safeNumber(granted.TTL);
  const lost = new AbortController();
  let renewal: Disposable | undefined;
  let expiry: Disposable | undefined;
  let inFlight: AbortController | undefined;
  let revoked: Promise<void> | undefined;

  const stop = (): void => {
    renewal?.[Symbol.dispose]();
    expiry?.[Symbol.dispose]();
    connection.closed.removeEventListener('abort', stop);
    lost.abort();
    inFlight?.abort();
  };
  const confirmed = (fromMs: number, seconds: number): void => {
    sentMs = fromMs;
    expiry?.[Symbol.dispose]();
    expiry = clock.schedule(Math.max(sentMs + seconds * 1000 - clock.monotonicMs(), 0), stop);
    renewal = clock.schedule((seconds * 1000) / 3, () => void renew());
  };
  const renew = async (): Promise<void> => {
    const fromMs = clock.monotonicMs();
    inFlight = new AbortController();
    // An answer later than a third of the TTL is no use; the next try may find a better endpoint.
    const timeout = clock.schedule(Math.max((grantedSeconds * 1000) / 3, retryAfterMs), () =>
      inFlight?.abort(new Error('no answer in time')),
    );
    try {
      const seconds = await connection.keepAlive(id, inFlight.signal);
      if (lost.signal.aborted) return;
      if (seconds <= 0) stop();
      else confirmed(fromMs, seconds);
    } catch (error) {
      if (lost.signal.aborted) return;
      options.logger?.debug('a lease could not be renewed', { lease: id, err: error });
      renewal = clock.schedule(retryAfterMs * (0.5 + options.random() / 2), () => void renew());
    } finally {
      timeout[Symbol.dispose]();
    }
  };

  connection.closed.addEventListener('abort', stop, { once: true });
  if (connection.closed.aborted) stop();
  else confirmed(sentMs, grantedSeconds);
  return {
    id,
    ttlSeconds: grantedSeconds,
    lost: lost.signal,
    revoke() {
      stop();
      return (revoked ??= connection.unary<unknown>('Lease', 'leaseRevoke', { ID: id }, { repeatable: true }).then(
        () => undefined,
        (error: unknown) => {
          // Gone is what was wanted.
          if (isSeamarkError(error, 'SM_STORE_LEASE_LOST')) return;
          revoked = undefined;
          throw error;
        },
      ));
    },
  };
}

/** What a lease has left, in seconds; `undefined` when etcd does not know it. */
export async function etcdLeaseTimeToLive(connection: EtcdConnection, id: string, request: RequestOptions): Promise<number | undefined> {
  const { TTL: left } = await connection.unary<{ TTL: string }>(
    'Lease',
    'leaseTimeToLive',
    { ID: id, keys: false },
    { signal: request.signal, repeatable: true },
  );
  const seconds = safeNumber(left);
  return seconds < 0 ? undefined : seconds; // -1 = expired or never granted
}
