import type { ServerServices } from '../../server/server-services.ts';

/** Options of {@link watchFiles}. */
export interface WatchOptions {
  readonly intervalMs: number;
  /** Each pause is shorter or longer by up to this, so that replicas do not reload at the same time. */
  readonly jitterMs: number;
  readonly services: Pick<ServerServices, 'digest' | 'digestNow' | 'isActive' | 'reload' | 'giveUpReload'>;
}

/**
 * Compares the files of a Corefile with those that run, again and again, and reloads when they differ; also while a changed version is
 * waited for. A bad version is tried once.
 */
export function watchFiles({ intervalMs, jitterMs, services }: WatchOptions): Disposable {
  let timer: NodeJS.Timeout;
  let tried: string | undefined;
  const look = (): void => {
    plan();
    // A version that is waited for does not look: the one that serves does.
    const now = services.isActive() ? services.digestNow() : undefined;
    if (now === undefined || now === tried) return;
    if (now !== services.digest()) void services.reload();
    else if (tried !== undefined) services.giveUpReload();
    tried = now;
  };
  let isEnded = false;
  const plan = (): void => {
    if (isEnded) return;
    timer = setTimeout(look, intervalMs + (Math.random() * 2 - 1) * jitterMs);
    timer.unref();
  };
  plan();
  return {
    [Symbol.dispose]() {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}
