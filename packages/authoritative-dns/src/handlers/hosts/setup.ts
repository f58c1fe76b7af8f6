import { statSync } from 'node:fs';

import type { BlockPart, Directive, DirectiveLine, DirectiveSetup, Position, SetupContext } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { sharedGauge } from '../../metrics/shared-gauge.ts';
import { ZoneList } from '../zone-list.ts';
import { createHostsHandler } from './hosts-handler.ts';
import { HostsSource } from './hosts-source.ts';
import { type HostsLine, readHostsLine } from './hosts-text.ts';

const defaultFile = '/etc/hosts';
const options = ['ttl', 'no_reverse', 'reload', 'fallthrough', 'fallthrough_unsupported'];

/** The directive `hosts [FILE [ZONES...]]`: addresses of a hosts file. */
export const hostsSetup: DirectiveSetup = {
  name: 'hosts',
  once: true,
  setup([use], context) {
    const [file, ...zoneTokens] = use.args;
    const zones = new ZoneList(context.collect(use.at, () => readZones(zoneTokens, context), []));
    const settings = readSettings(use, context);
    return createPart(settings, zones, file === undefined ? defaultFile : resolvePath(file, context), use.at, context);
  },
};

interface Settings {
  readonly inline: HostsLine[];
  ttlSeconds: number;
  intervalMs: number;
  withReverse: boolean;
  fallthrough: ZoneList;
  fallthroughUnsupported: boolean;
}

function readSettings(use: Directive, context: SetupContext): Settings {
  const settings: Settings = {
    inline: [],
    ttlSeconds: 3600,
    intervalMs: 5000,
    withReverse: true,
    fallthrough: new ZoneList([]),
    fallthroughUnsupported: false,
  };
  readOptions(use, context, (line) => readOption(use, line, settings, context));
  if (settings.fallthroughUnsupported && settings.fallthrough.size === 0) {
    throw corefileError(use.at, 'fallthrough_unsupported of hosts needs fallthrough beside it');
  }
  return settings;
}

function readOption(use: Directive, line: DirectiveLine, settings: Settings, context: SetupContext): void {
  switch (line.name.text) {
    case 'ttl':
      settings.ttlSeconds = readInteger(onlyArgument(line, 'ttl SECONDS'), { what: 'a number of seconds', least: 1, most: 65_535 });
      break;
    case 'reload':
      settings.intervalMs = readDuration(onlyArgument(line, 'reload DURATION'));
      break;
    case 'no_reverse':
      expectArguments(line, 0, 0);
      settings.withReverse = false;
      break;
    case 'fallthrough':
      settings.fallthrough = new ZoneList(line.args.length === 0 ? ['.'] : readZones(line.args, context));
      break;
    case 'fallthrough_unsupported':
      expectArguments(line, 0, 0);
      settings.fallthroughUnsupported = true;
      break;
    default:
      if (settings.fallthrough.size > 0) throw unknownOption(use, line.name, options);
      readInline(line, settings, context);
  }
}

function readInline(line: DirectiveLine, settings: Settings, context: SetupContext): void {
  const text = [line.name, ...line.args].map((token) => token.text).join(' ');
  const read = readHostsLine(text);
  // CoreDNS takes any line here and says nothing.
  if (read === undefined) context.warn(`hosts ignores "${text}": neither an option nor an address with names`, line.name.at);
  else if (read.unreadable.length > 0) context.warn(`hosts ignores what is not a name: ${read.unreadable.join(', ')}`, line.name.at);
  if (read !== undefined) settings.inline.push(read);
}

function createPart(settings: Settings, zones: ZoneList, path: string, at: Position, context: SetupContext): BlockPart {
  const { inline, intervalMs, withReverse, ttlSeconds, fallthrough, fallthroughUnsupported } = settings;
  const entries = sharedGauge(context.metrics, {
    name: 'coredns_hosts_entries',
    help: 'Entries of a hosts file and of the Corefile beside it, reverse ones included.',
    labelNames: ['hostsfile'],
  })?.labels(path);
  const reloaded = sharedGauge(context.metrics, {
    name: 'coredns_hosts_reload_timestamp_seconds',
    help: 'When the hosts file that was read last had been changed.',
    labelNames: [],
  });
  const source = new HostsSource({
    path,
    intervalMs,
    zones,
    withReverse,
    inline,
    logger: context.logger,
    onTable(table, before, modifiedMs) {
      entries?.inc(table.entries - before.entries);
      reloaded?.set(modifiedMs / 1000);
    },
  });
  return {
    handler: createHostsHandler({ table: () => source.table, zones, ttlSeconds, fallthrough, fallthroughUnsupported }),
    async check() {
      if (!isFile(path)) context.warn(`hosts has no file ${path}; until there is one, only lines of the Corefile are answered`, at);
      return [];
    },
    async start() {
      entries?.inc(source.table.entries);
      await source.start();
    },
    async stop() {
      await source.stop();
      entries?.dec(source.table.entries);
    },
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
