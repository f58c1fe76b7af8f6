import { setTimeout as pause } from 'node:timers/promises';
import type { WantedService, WantedState } from './exact-state.ts';
import { service, type TestObject } from './objects.ts';
import type { World } from './world.ts';

const hostnameAnnotation = 'external-dns.kubernetes.io/hostname';

/** Options of {@link createServiceChurn}. */
export interface ServiceChurnOptions {
  readonly namespace: string;
  /** Changes on their way at the same time, each lane with Services of its own. Default 8. */
  readonly lanes?: number;
  /** Between two changes of a lane. Default 2. */
  readonly pauseMs?: number;
}

/** Services that come, are renamed and go; what has to stand in the end is known at any time. */
export interface ServiceChurn {
  /** Makes `count` changes; `onChange` is told how many have been made. Stops early, without an error, when the signal aborts. */
  run(world: World, count: number, options?: { readonly onChange?: (done: number) => void; readonly signal?: AbortSignal }): Promise<void>;
  wanted(): WantedState;
}

/** Out of ten changes five or six are new Services, two are new hostnames, two or three are deletions. No name is ever used again. */
export function createServiceChurn(options: ServiceChurnOptions): ServiceChurn {
  const lanes = Array.from({ length: options.lanes ?? 8 }, () => new Map<string, WantedService>());
  const gone: string[] = [];
  let hostnames = 0;
  let services = 0;
  const named = (name: string): WantedService => ({ name, hostname: `h${(hostnames += 1)}.${options.namespace}.example.org` });

  const change = async (world: World, lane: Map<string, WantedService>): Promise<void> => {
    const present = [...lane.values()];
    const chosen = present[Math.floor(Math.random() * present.length)];
    const kind = Math.random();
    if (chosen === undefined || kind < 0.55) {
      const made = named(`${options.namespace}/s${(services += 1)}`);
      lane.set(made.name, made);
      await world.put(objectOf(made));
    } else if (kind < 0.78) {
      const renamed = named(chosen.name);
      gone.push(chosen.hostname);
      lane.set(renamed.name, renamed);
      await world.put(objectOf(renamed));
    } else {
      gone.push(chosen.hostname);
      lane.delete(chosen.name);
      await world.remove(objectOf(chosen));
    }
  };

  return {
    async run(world, count, { onChange, signal } = {}) {
      let begun = 0;
      let done = 0;
      await Promise.all(
        lanes.map(async (lane) => {
          while (begun < count) {
            if (signal?.aborted === true) return;
            begun += 1;
            await change(world, lane);
            onChange?.((done += 1));
            await pause(options.pauseMs ?? 2);
          }
        }),
      );
    },
    wanted: () => ({ services: lanes.flatMap((lane) => [...lane.values()]), gone: [...gone] }),
  };
}

function objectOf(wanted: WantedService): TestObject {
  return service(wanted.name, { [hostnameAnnotation]: wanted.hostname });
}
