import type { ListenSettings } from '../chain/setup.ts';
import type { Scheme, ServerKey } from '../corefile/server-key.ts';

/** Where a server listens, as the blocks name it: one set of sockets, shared by all blocks that name the same. */
export interface ListenerKey {
  readonly scheme: Scheme;
  /** Empty = every address. */
  readonly host: string;
  readonly port: number;
}

/** The label `server` of metrics: `dns://:53`, `tls://[2001:db8::1]:853`. */
export function formatListenerKey({ scheme, host, port }: ListenerKey): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The listeners of a key of a block. */
export function listenersOf({ scheme, port }: ServerKey, { bind = [''] }: ListenSettings): ListenerKey[] {
  return bind.map((host) => ({ scheme, host, port }));
}
