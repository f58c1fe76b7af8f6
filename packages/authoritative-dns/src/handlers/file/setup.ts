import { isSeamarkError } from '@seamark/common/errors';

import { compilableTree, TreeChanges } from '../../arena/index.ts';
import type { BlockPart, CheckedMistake, Directive, DirectiveSetup, Position, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import { sharedGauge } from '../../metrics/shared-gauge.ts';
import { runningServicesOf } from '../../server/server-services.ts';
import { dumpTree } from '../../zone/dump-tree.ts';
import { ZoneList } from '../zone-list.ts';
import { ContentZones } from './content-zones.ts';
import { createFileHandler } from './file-handler.ts';
import { loadZoneFile } from './load-zone-file.ts';
import { openProblem, ZoneFileSource } from './zone-file-source.ts';

const defaultReloadMs = 60_000;

/** One use of the directive: a file and the zones that it is for. */
interface FileUse {
  readonly at: Position;
  readonly path: string;
  readonly zones: readonly string[];
  readonly reloadMs: number;
  readonly fallthrough: ZoneList | undefined;
}

/** The directive `file DBFILE [ZONES...]`: zones from zone files (RFC 1035 5). */
export const fileSetup: DirectiveSetup = {
  name: 'file',
  setup(uses, context) {
    const files = withoutRepeatedZones(
      readEach(uses, context, (use) => readUse(use, context)),
      context,
    );
    const zones = new ContentZones(files.flatMap((file) => file.zones));
    const fallthrough = new Map(
      files.flatMap((file) =>
        file.fallthrough === undefined ? [] : file.zones.map((zone) => [zone, file.fallthrough as ZoneList] as const),
      ),
    );
    const changes = new TreeChanges(zones.tree);
    const compilable = compilableTree(changes, {
      by: 'file',
      asked: ({ label }) => ({ askNameErrors: fallthrough.has(label) }),
      asksForHosts: false,
    });
    const sources = files.map((file) => sourceOf(file, context));
    for (const source of sources) source.add(zones, () => changes.published());
    return {
      handler: createFileHandler({ tree: zones.tree, fallthrough, askOutside: context.askServer, compilable }),
      async start() {
        for (const source of sources) await source.start();
      },
      async stop() {
        for (const source of sources) await source.stop();
      },
      check: () => checkFiles(files, context),
      dump: (zone) => dumpTree(zones.tree, zone),
      notReady() {
        const missing = files.find((file) => file.zones.some((zone) => !zones.has(zone)));
        return missing === undefined ? undefined : `zone file ${missing.path} is not read yet`;
      },
    } satisfies BlockPart;
  },
};

function readUse(use: Directive, context: SetupContext): FileUse {
  const [file, ...zoneTokens] = use.args;
  let reloadMs = defaultReloadMs;
  let fallthrough: ZoneList | undefined;
  readOptions(use, context, (line) => {
    switch (line.name.text) {
      case 'reload':
        expectArguments(line, 1, 1, 'reload DURATION');
        reloadMs = readDuration(line.args[0] as Token);
        break;
      case 'fallthrough':
        fallthrough = new ZoneList(line.args.length === 0 ? ['.'] : readZones(line.args, context));
        break;
      case 'reload_by_mtime':
        // A file is read again when it changed, whatever its serial says.
        expectArguments(line, 0, 0);
        break;
      case 'upstream':
        break; // takes anything and means nothing, in CoreDNS as well: aliases are followed through the server itself
      default:
        throw unknownOption(use, line.name, ['reload', 'reload_by_mtime', 'fallthrough']);
    }
  });
  expectArguments(use, 1, Number.POSITIVE_INFINITY, 'file DBFILE [ZONES...]');
  const zones = context.collect(use.at, () => readZones(zoneTokens, context), []);
  return { at: use.at, path: resolvePath(file as Token, context), zones: [...new Set(zones)], reloadMs, fallthrough };
}

/** A zone that several uses name is that of the last one, as CoreDNS has it; that is said here. */
function withoutRepeatedZones(files: readonly FileUse[], context: SetupContext): FileUse[] {
  return files.map((file, index) => {
    const zones = file.zones.filter((zone) => {
      const later = files.find((other, at) => at > index && other.zones.includes(zone));
      if (later !== undefined) context.warn(`file has ${zone} again further down: ${later.path} is served, ${file.path} is not`, file.at);
      return later === undefined;
    });
    return { ...file, zones };
  });
}

/** The zone files that `start` would refuse. */
async function checkFiles(files: readonly FileUse[], context: SetupContext): Promise<CheckedMistake[]> {
  const mistakes: CheckedMistake[] = [];
  for (const { at, path, zones, reloadMs } of files) {
    const problem = reloadMs === 0 ? undefined : await openProblem(path);
    if (problem !== undefined) {
      context.warn(`the zone file ${path} cannot be opened: ${problem}; its zones answer SERVFAIL until it can`, at);
      continue;
    }
    for (const zone of zones) {
      try {
        await loadZoneFile(path, zone);
      } catch (error) {
        if (!isSeamarkError(error)) throw error;
        mistakes.push({ at, error });
        break;
      }
    }
  }
  return mistakes;
}

/** The source of a file; one for all blocks that have it with the same zones and interval. */
function sourceOf({ path, zones, reloadMs }: FileUse, context: SetupContext): ZoneFileSource {
  return context.shared(`file ${JSON.stringify([path, zones, reloadMs])}`, () => {
    const serials = sharedGauge(context.metrics, {
      name: 'seamark_zone_file_serial',
      help: 'SOA serial of each zone that is served from a file.',
      labelNames: ['zone'],
    });
    const refused = sharedCounter(context.metrics, {
      name: 'seamark_zone_file_refused_total',
      help: 'New versions of zone files that were not taken.',
      labelNames: ['zone'],
    });
    return new ZoneFileSource({
      path,
      zones,
      reloadMs,
      logger: context.logger,
      reasons: context.reasons,
      isActive: () => runningServicesOf(context)?.isActive() ?? true,
      onLoad(zone, serial) {
        if (serial === undefined) refused?.inc({ zone });
        else serials?.set({ zone }, serial);
      },
    });
  });
}
