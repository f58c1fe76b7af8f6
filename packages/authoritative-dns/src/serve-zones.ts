import { normalizeDnsName } from '@seamark/common/model';
import { type Logger, silentLogger } from '@seamark/common/observability';

import type { ServerAddresses } from './authoritative-dns.ts';
import { emptyResponse } from './chain/response.ts';
import { ContentZones } from './handlers/file/content-zones.ts';
import { createFileHandler } from './handlers/file/file-handler.ts';
import { readZoneText } from './handlers/file/load-zone-file.ts';
import { ListenerCounters } from './metrics/listener-counters.ts';
import { ServerCookies } from './respond/cookies/server-cookies.ts';
import { FaultLog } from './respond/fault-log.ts';
import { Pipeline } from './respond/pipeline.ts';
import { formatListenAddress, type ListenAddress, parseListenAddress } from './transport/listen-address.ts';
import { type Listener, startListener } from './transport/listener.ts';
import { extendedErrors, responseCodes } from './wire/protocol-codes.ts';
import { formatZoneProblem } from './zonefile/index.ts';

/** Options of {@link serveZones}. */
export interface ServeZonesOptions {
  /** Zone name → text of its zone file (RFC 1035 5). Relative names end in the zone's name. */
  readonly zones: Readonly<Record<string, string>>;
  /** Where to listen, UDP and TCP each; port 0 = one that both have free. Default `['127.0.0.1:1053']`. */
  readonly listen?: readonly string[];
  /** Default: silent. */
  readonly logger?: Logger;
}

/** Zones that are being served. */
export interface ServedZones extends AsyncDisposable {
  /** Where it really listens. */
  readonly addresses: ServerAddresses;
  /** Gives one of the zones another text, which is answered from now on. Throws SM_ZONE_FILE_INVALID; the zone then stays what it was. */
  replace(zone: string, text: string): void;
  close(): Promise<void>;
}

/**
 * Answers authoritatively for zones given as text, and REFUSED for everything else. Throws SM_ZONE_FILE_INVALID with zone and line for
 * a text that is no zone, SM_NAME_INVALID, SM_CONFIG_INVALID, SM_LISTEN_FAILED; nothing is left open then.
 */
export async function serveZones(options: ServeZonesOptions): Promise<ServedZones> {
  const logger = (options.logger ?? silentLogger).child('authoritative-dns');
  const addresses = (options.listen ?? ['127.0.0.1:1053']).map(parseListenAddress);
  const zones = new ContentZones(Object.keys(options.zones).map(labelOf));
  const replace = (zone: string, text: string): void => {
    const label = labelOf(zone);
    const { content, warnings } = readZoneText(text, label, zone);
    zones.replace(label, content);
    for (const warning of warnings) logger.warn(formatZoneProblem(warning));
  };
  for (const [zone, text] of Object.entries(options.zones)) replace(zone, text);

  const notOurs = emptyResponse('file', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });
  const handler = createFileHandler({ tree: zones.tree, fallthrough: new Map(), askOutside: () => notOurs });
  const pipeline = new Pipeline({
    chain: (request) => handler.handle(request, () => notOurs),
    cookies: new ServerCookies(),
    faults: new FaultLog(logger),
  });
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => void (await Promise.all(listeners.splice(0).map((listener) => listener.close())));
  try {
    for (const address of addresses) listeners.push(await listen(address, pipeline));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: { udp: listeners.map(({ udp }) => udp.address), tcp: listeners.map(({ tcp }) => tcp.address) },
    replace,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(address: ListenAddress, answerer: Pipeline): Promise<Listener> {
  const server = `dns://${formatListenAddress(address)}`;
  const family = address.family === 'IPv4' ? '1' : '2';
  const counters = { udp: new ListenerCounters(server, 'udp', family), tcp: new ListenerCounters(server, 'tcp', family) };
  return startListener({ address, answerer, counters });
}

function labelOf(zone: string): string {
  const name = normalizeDnsName(zone);
  return name === '.' ? name : `${name}.`;
}
