import type { ServerServices } from '../../server/server-services.ts';

/** Options of {@link watchFiles}. */
export interface WatchOptions {
  readonly intervalMs: number;
  /** Each pause is shorter or longer by up to this, so that replicas do not reload at the same time. */
  readonly jitterMs: number;
  readonly services: Pick<ServerServices, 'digest' | 'digestNow' | 'reload'>;
}

/** Compares the files of a Corefile with those that run, again and again, and reloads when they differ. A bad version is tried once. */
export function watchFiles({ intervalMs, jitterMs, services }: WatchOptions): Disposable {
  let timer: NodeJS.Timeout;
  let tried: string | undefined;
  const look = async (): Promise<void> => {
    const now = services.digestNow();
    if (now !== undefined && now !== services.digest() && now !== tried) {
      tried = now;
      await services.reload();
    }
    plan();
  };
  let isEnded = false;
  const plan = (): void => {
    if (isEnded) return;
    timer = setTimeout(() => void look(), intervalMs + (Math.random() * 2 - 1) * jitterMs);
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
