import { loadAddon } from '../addon/load-addon.ts';
import { startDgramUdpServer } from './dgram-udp-server.ts';
import { startNativeUdpServer } from './native-udp-server.ts';
import type { UdpServer, UdpServerOptions } from './udp-server.ts';

let toldFallback = false;

/** Options of {@link startUdpServer} besides those of the sockets. */
export interface StartUdpServerOptions extends UdpServerOptions {
  /** Told once in a process when the addon is missing, with the reason. */
  readonly onFallback?: (problem: string) => void;
}

/** Opens sockets and answers from then on: with the addon, else by node:dgram. Rejects with an Error with `code` when it cannot listen. */
export async function startUdpServer(options: StartUdpServerOptions): Promise<UdpServer> {
  const addon = loadAddon();
  if (addon.ok) return startNativeUdpServer(addon.binding, options);
  if (!toldFallback) {
    toldFallback = true;
    options.onFallback?.(addon.problem);
  }
  return startDgramUdpServer(options);
}
