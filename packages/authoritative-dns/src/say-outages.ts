import type { Clock } from '@seamark/common/controller';
import type { Logger } from '@seamark/common/observability';
import type { Mirror } from '@seamark/kv-store-client';

/** Says once when a store goes away, and once when it is back. `store`: what it is called in a sentence. */
export function sayOutages(mirror: Mirror, store: string, logger: Logger, clock: Clock): void {
  let sinceMs: number | undefined;
  mirror.subscribe((state) => {
    if (state.phase === 'stale' && sinceMs === undefined) {
      ({ sinceMs } = state);
      logger.warn(`${store} is away; answering as of revision ${state.revision}`, { err: state.error });
    } else if (state.phase === 'live' && sinceMs !== undefined) {
      const seconds = Math.round((clock.monotonicMs() - sinceMs) / 1000);
      logger.info(`${store} is back after ${seconds} s; answering as of revision ${state.revision}`);
      sinceMs = undefined;
    }
  });
}
