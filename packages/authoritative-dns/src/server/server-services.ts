import type { SetupContext } from '../chain/setup.ts';
import type { HttpEndpointPool } from './http-endpoint-pool.ts';

/** What the directives of infrastructure need of the server around them, which outlives the versions of a Corefile. */
export interface ServerServices {
  readonly endpoints: HttpEndpointPool;
  /** True once the version that the directive belongs to is the one that serves. */
  isActive(): boolean;
  /** Set while the server waits before it stops: it answers, and is not ready. */
  isLeaving(): boolean;
  /** The text of /metrics. */
  metricsText(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Reads the Corefile anew. Never throws: what is wrong is logged and counted. */
  reload(): Promise<void>;
  /** Gives up a changed Corefile that is waited for. */
  giveUpReload(): void;
  /** A digest of the files that the running version was made of. */
  digest(): string;
  /** A digest of the same files as they are now; `undefined` when they cannot be read. */
  digestNow(): string | undefined;
}

const key = 'server';

/** Puts services where {@link servicesOf} finds them. */
export function provideServices(shared: Map<string, unknown>, services: ServerServices): void {
  shared.set(key, services);
}

/** The services where a server runs, `undefined` where a Corefile is only looked at; for `start`. */
export function runningServicesOf(context: SetupContext): ServerServices | undefined {
  return context.shared<ServerServices | undefined>(key, () => undefined);
}

/** The services; for `start`, since a Corefile that is only validated has none. */
export function servicesOf(context: SetupContext): ServerServices {
  return context.shared<ServerServices>(key, () => {
    throw new Error('a directive asked for the server before it was started');
  });
}
