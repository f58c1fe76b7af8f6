import { SeamarkError } from '@seamark/common/errors';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';

import { compilableTree, TreeChanges } from '../../arena/index.ts';
import type { BlockPart, Directive, DirectiveSetup, Position, SetupContext } from '../../chain/setup.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { reachableAddresses } from '../../transport/reachable-addresses.ts';
import { dumpTree } from '../../zone/dump-tree.ts';
import { reportedTo } from '../../zone/key-problems.ts';
import { sayWithoutAddress } from '../../zone/name-servers-without-address.ts';
import { SkydnsZones } from '../../zone/skydns/index.ts';
import { ZoneList } from '../zone-list.ts';
import { createEtcdHandler, type EtcdPart } from './etcd-handler.ts';
import { type EtcdSettings, type EtcdSourceSettings, readEtcdSettings } from './etcd-settings.ts';
import { EtcdSource } from './etcd-source.ts';
import { measureSource } from './etcd-metrics.ts';

/** The directive `etcd [ZONES...]`: SkyDNS records of etcd, mirrored into memory. It may stand several times in a block. */
export const etcdSetup: DirectiveSetup = {
  name: 'etcd',
  setup(uses, context) {
    // All zones of a source are there before the first block starts it, so that one reading fills them all.
    const opened = readEach(uses, context, (use) => openLine(use, readEtcdSettings(use, context), context));
    const parts = opened.map(({ part }) => part);
    warnOfUnasked(opened, context);
    return {
      handler: createEtcdHandler(parts, context.askServer),
      async start(signal) {
        for (const { source, settings } of opened) measureSource(context, source, settings.source);
        await Promise.race([Promise.all(opened.map(({ source }) => source.start())), abortOf(signal)]);
        for (const { part, source } of opened) {
          if (source.state().phase === 'serving')
            sayWithoutAddress(part.zones.tree, 'give it by `ns NAME ADDRESS` of etcd', context.logger);
        }
      },
      async stop() {
        await Promise.all(opened.map(({ source }) => source.stop()));
      },
      complete(all) {
        const addresses = reachableAddresses(all.get('bind')?.listen?.bind ?? ['']);
        for (const { zones } of parts) zones.addServerAddresses(addresses);
      },
      dump(zone) {
        for (const { zones } of parts) {
          const records = dumpTree(zones.tree, zone);
          if (records !== undefined) return records;
        }
        return undefined;
      },
      notReady() {
        for (const { source, settings } of opened) {
          const reason = notReady(source, settings);
          if (reason !== undefined) return reason;
        }
        return undefined;
      },
    } satisfies BlockPart;
  },
};

interface OpenLine {
  readonly at: Position;
  readonly source: EtcdSource;
  readonly part: EtcdPart;
  readonly settings: EtcdSettings;
}

function openLine(use: Directive, settings: EtcdSettings, context: SetupContext): OpenLine {
  const source = sharedSource(use, settings.source, context);
  const { zones, mode, soa, nameServers, leaseTtlLimits, noApexFallback, fallthrough = [] } = settings;
  const names = zones.map((zone) => (zone === '.' ? zone : zone.slice(0, -1)));
  const options = { prefix: settings.source.prefix, zones: names, mode, soa, nameServers, leaseTtlLimits, noApexFallback };
  // Blocks of several addresses or transports that import the same lines hold the zones once.
  const held = context.shared(`etcd zones ${JSON.stringify([settings.source, options])}`, () => {
    const made = new SkydnsZones({
      ...options,
      leaseTimes: source.leases,
      onProblem: reportedTo(context.reasons),
    });
    const changes = new TreeChanges(made.tree);
    source.add(made, () => changes.isBeingCompiled);
    source.onChange(() => changes.published());
    return { zones: made, changes };
  });
  const compilable = compilableTree(held.changes, {
    by: 'etcd',
    asked: () => ({ askNameErrors: fallthrough.length > 0, askWildcardLabels: mode === 'skydns' }),
    // The revision, which all zones of a source have in common.
    serial: { group: source, now: () => held.zones.serial },
  });
  return { at: use.at, source, settings, part: { zones: held.zones, fallthrough: new ZoneList(fallthrough), compilable } };
}

/** A start that is not wanted any more does not wait for etcd. */
function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A zone of a line that an earlier one has, and does not pass on, is never asked. */
function warnOfUnasked(lines: readonly OpenLine[], context: SetupContext): void {
  const first = new Map<string, OpenLine>();
  for (const line of lines) {
    for (const zone of line.settings.zones) {
      const earlier = first.get(zone);
      if (earlier === undefined) first.set(zone, line);
      else if (earlier.settings.fallthrough === undefined) {
        const { file, line: at } = earlier.at;
        context.warn(`etcd has ${zone} at ${file}:${at} already, which is asked alone: give that one fallthrough`, line.at);
      }
    }
  }
}

function sharedSource(use: Directive, settings: EtcdSourceSettings, context: SetupContext): EtcdSource {
  return context.shared(`etcd ${JSON.stringify(settings)}`, () => {
    const { prefix, snapshot, ...connection } = settings;
    const logger = context.logger.child('etcd');
    let store;
    try {
      store = createEtcdStore({ ...connection, logger });
    } catch (error) {
      throw error instanceof SeamarkError && error.code === 'SM_CONFIG_INVALID' ? corefileError(use.at, error.message) : error;
    }
    return new EtcdSource({ store, prefix, logger, closesStore: true, ...(snapshot === undefined ? {} : { snapshot }) });
  });
}

function notReady(source: EtcdSource, { staleAfterMs }: EtcdSettings): string | undefined {
  const state = source.state();
  if (state.phase === 'empty') return `etcd has not been read yet${state.problem === undefined ? '' : `: ${state.problem}`}`;
  if (staleAfterMs === undefined || state.staleMs <= staleAfterMs) return undefined;
  return `etcd has not been heard of for ${Math.round(state.staleMs / 1000)} s`;
}
