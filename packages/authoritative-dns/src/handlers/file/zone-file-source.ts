import { constants, type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';

import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import { formatZoneProblem } from '../../zonefile/index.ts';
import type { ContentZones } from './content-zones.ts';
import { type LoadedZone, loadZoneFile, versionOfFile } from './load-zone-file.ts';

/** Options of {@link ZoneFileSource}. */
export interface ZoneFileSourceOptions {
  readonly path: string;
  /** Zones that the file is read for, each with its own name as origin: `example.org.` */
  readonly zones: readonly string[];
  readonly target: ContentZones;
  /** How often the file is looked at; 0 = it is read once. */
  readonly reloadMs: number;
  readonly logger: Logger;
  readonly reasons?: ReasonStream | undefined;
  /** Told when all zones of the file have a new version. */
  readonly onChange?: () => void;
  /** Told of each zone that was read, or could not be. */
  readonly onLoad?: (zone: string, serial: number | undefined) => void;
}

/** Warnings of one load that are logged one by one. */
const loggedWarnings = 10;

/** Writing a file takes several events; they are waited for. */
const settleMs = 50;

/**
 * Keeps zones as a file has them. Looks at the file at intervals, and as soon as the system tells of a change in its folder; a new
 * version takes the place of the old one as a whole, and one that is no zone does not.
 */
export class ZoneFileSource {
  private readonly options: ZoneFileSourceOptions;
  private versions: ReadonlyMap<string, string> = new Map();
  private timer: NodeJS.Timeout | undefined;
  private settling: NodeJS.Timeout | undefined;
  private watcher: FSWatcher | undefined;
  private look: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: ZoneFileSourceOptions) {
    this.options = options;
  }

  /**
   * Reads the file for the first time. Throws SM_ZONE_FILE_INVALID when it is no zone. One that is not there (or may not be read) is
   * waited for, unless it is read only once: the zones answer SERVFAIL until it comes, as CoreDNS has it.
   */
  async start(): Promise<void> {
    const { path, reloadMs, logger } = this.options;
    const canBeOpened = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (canBeOpened || reloadMs === 0) await this.load();
    else logger.warn('zone file cannot be opened; its zones answer SERVFAIL until it can', { path });
    if (reloadMs === 0) return;
    this.timer = setInterval(() => this.lookAgain(), reloadMs).unref();
    try {
      this.watcher = watch(dirname(path), { persistent: false }, () => {
        clearTimeout(this.settling);
        this.settling = setTimeout(() => this.lookAgain(), settleMs).unref();
      });
      this.watcher.on('error', () => this.watcher?.close()); // the interval remains
    } catch {
      // No folder, or no watching on this file system: the interval finds the file.
    }
  }

  /** Stops looking; resolves once nothing is read any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.settling);
    this.watcher?.close();
    await this.look;
  }

  private lookAgain(): void {
    this.look = this.look.then(async () => {
      if (!this.stopped && (await this.isChanged())) await this.reload();
    });
  }

  private async isChanged(): Promise<boolean> {
    if (this.versions.size === 0) return (await versionOfFile(this.options.path)) !== '';
    for (const [file, version] of this.versions) if ((await versionOfFile(file)) !== version) return true;
    return false;
  }

  private async reload(): Promise<void> {
    const { path, zones, target, logger, reasons } = this.options;
    try {
      await this.load();
      reasons?.end({ kind: 'ZoneFile', name: path }, 'content');
    } catch (error) {
      const problem = messageOf(error);
      const hasOld = zones.some((name) => target.has(name));
      const served = hasOld ? 'the version before stays served' : 'its zones answer SERVFAIL';
      // Reasons are logged by those who listen to them.
      if (reasons === undefined) logger.error(`zone file is not taken; ${served}`, { path, problem });
      reasons?.report({
        code: 'ZONE_FILE_REFUSED',
        object: { kind: 'ZoneFile', name: path },
        topic: 'content',
        params: { path, problem, served },
      });
      for (const name of zones) this.options.onLoad?.(name, undefined);
    }
  }

  /** Reads the file for all its zones before any of them changes. */
  private async load(): Promise<void> {
    const { path, zones, target } = this.options;
    // Also a version that turns out to be no zone is read once only.
    this.versions = new Map([...this.versions, [path, await versionOfFile(path)]]);
    const loaded: [string, LoadedZone][] = [];
    for (const name of zones) loaded.push([name, await loadZoneFile(path, name)]);
    if (this.stopped) return;
    this.versions = new Map(loaded.flatMap(([, { versions }]) => [...versions]));
    for (const [name, zone] of loaded) {
      const before = target.serialOf(name);
      target.replace(name, zone.content);
      this.tell(name, zone, before);
    }
    this.options.onChange?.();
  }

  private tell(name: string, { content, warnings }: LoadedZone, before: number | undefined): void {
    const { path, logger, onLoad } = this.options;
    const { serial, records } = content;
    logger.info('zone file read', { path, zone: name, serial, records });
    if (before !== undefined && !isLater(serial, before)) {
      logger.warn('zone file changed and its serial did not grow: secondaries would not notice (RFC 1982)', {
        path,
        zone: name,
        serial,
        before,
      });
    }
    for (const warning of warnings.slice(0, loggedWarnings)) logger.warn(formatZoneProblem(warning), { path, zone: name });
    if (warnings.length > loggedWarnings) logger.warn(`and ${warnings.length - loggedWarnings} more of these`, { path, zone: name });
    onLoad?.(name, serial);
  }
}

/** RFC 1982 3.2 */
function isLater(serial: number, before: number): boolean {
  return serial !== before && (serial - before) >>> 0 < 2 ** 31;
}
