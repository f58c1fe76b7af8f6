import { type CompiledZones, countedZones } from '../arena/compiled-zones.ts';
import type { ListenerCounters } from '../metrics/listener-counters.ts';
import { nativeCounts } from '../metrics/native-counts.ts';
import type { DatagramEngine } from './datagram-engine.ts';
import { netioEngine } from './netio-engine.ts';

/** The engine of native threads that answer from compiled zones, and whose counts belong to a listener's. */
export function openNativeEngine(compiled: CompiledZones, counters: ListenerCounters, sockets: number): DatagramEngine {
  return async (options) => {
    let counting: Disposable | undefined;
    const engine = netioEngine({
      arena: compiled.arena,
      sockets,
      countedZones,
      onOpen(server) {
        counting = counters.include(nativeCounts(compiled.labels, (zones) => server.counts(zones)));
      },
    });
    const transport = await engine(options);
    return {
      address: transport.address,
      async close() {
        await transport.close();
        counting?.[Symbol.dispose]();
      },
    };
  };
}
