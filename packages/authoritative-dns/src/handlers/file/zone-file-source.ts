import { constants, type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';

import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import { fileProblem } from '../../corefile/arguments/read-file-of.ts';
import { formatZoneProblem } from '../../zonefile/index.ts';
import { fileState, isSameState, SettledFile } from '../settled-file.ts';
import type { ContentZones } from './content-zones.ts';
import { type FileVersion, type LoadedZone, loadZoneFile, versionOfFile } from './load-zone-file.ts';

/** Options of {@link ZoneFileSource}. */
export interface ZoneFileSourceOptions {
  readonly path: string;
  /** Zones that the file is read for, each with its own name as origin: `example.org.` */
  readonly zones: readonly string[];
  /** How often the file is looked at; 0 = it is read once. */
  readonly reloadMs: number;
  readonly logger: Logger;
  readonly reasons?: ReasonStream | undefined;
  /** Whether questions are answered from these zones already; false while a changed Corefile starts beside the one in use. */
  readonly isActive?: () => boolean;
  /** Told of each zone that was read, or could not be. */
  readonly onLoad?: (zone: string, serial: number | undefined) => void;
}

/** Warnings of one load that are logged one by one. */
const loggedWarnings = 10;

/** Writing a file takes several events; they are looked at together. */
const settleMs = 50;

/**
 * Keeps zones as a file has them, for each block that has the file. Looks at it at intervals, and as soon as the system tells of a change
 * in its folder; a new version is read once nobody writes to it (see {@link SettledFile}), takes the place of the old one as a whole,
 * and one that is no zone does not. Started and stopped once per target.
 */
export class ZoneFileSource {
  private readonly options: ZoneFileSourceOptions;
  private readonly targets: { readonly zones: ContentZones; readonly onChange: () => void }[] = [];
  private readonly settled = new Map<string, SettledFile>();
  private versions: ReadonlyMap<string, FileVersion> = new Map();
  private timer: NodeJS.Timeout | undefined;
  private planned: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  private watcher: FSWatcher | undefined;
  private look: Promise<void> = Promise.resolve();
  private starting: Promise<void> | undefined;
  private users = 0;
  private stopped = false;

  constructor(options: ZoneFileSourceOptions) {
    this.options = options;
  }

  /** Adds zones that get what the file has; before the first {@link start}. `onChange` is told when all of them have a new version. */
  add(zones: ContentZones, onChange: () => void = () => undefined): void {
    this.targets.push({ zones, onChange });
  }

  /**
   * Reads the file for the first time. Throws SM_ZONE_FILE_INVALID when it is no zone. One that is not there (or may not be read) is
   * waited for, unless it is read only once: the zones answer SERVFAIL until it comes, as CoreDNS has it.
   */
  start(): Promise<void> {
    this.users++;
    return (this.starting ??= this.open());
  }

  /** After the last target's: stops looking; resolves once nothing is read any more. */
  async stop(): Promise<void> {
    if (--this.users > 0) return;
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.planned?.timer);
    this.watcher?.close();
    await this.look;
  }

  private async open(): Promise<void> {
    const { path, reloadMs, logger, isActive = () => true } = this.options;
    const problem = reloadMs === 0 ? undefined : await openProblem(path);
    if (problem === undefined) await this.load();
    else {
      const until = isActive() ? 'its zones answer SERVFAIL until it can' : 'the changed Corefile is not used until it can';
      logger.warn(`zone file cannot be opened: ${problem}; ${until}`, { path });
      this.versions = new Map([[path, { state: await fileState(path), digest: '' }]]);
    }
    if (reloadMs === 0) return;
    this.timer = setInterval(() => this.lookAgain(), reloadMs).unref();
    try {
      this.watcher = watch(dirname(path), { persistent: false }, () => this.lookIn(settleMs));
      this.watcher.on('error', () => this.watcher?.close()); // the interval remains
    } catch {
      // No folder, or no watching on this file system: the interval finds the file.
    }
  }

  /** Looks after a while, or before when that is planned already. */
  private lookIn(delayMs: number): void {
    const atMs = performance.now() + delayMs;
    if (this.stopped || (this.planned !== undefined && this.planned.atMs <= atMs)) return;
    clearTimeout(this.planned?.timer);
    const timer = setTimeout(() => {
      this.planned = undefined;
      this.lookAgain();
    }, delayMs).unref();
    this.planned = { timer, atMs };
  }

  private lookAgain(): void {
    this.look = this.look.then(async () => {
      if (this.stopped) return;
      const changed = await this.changedFiles();
      if (changed.leftMs > 0) this.lookIn(changed.leftMs);
      else if (await this.takeVersions(changed.files)) await this.reload();
    });
  }

  /** Files that look different from when they were read, and for how long they have still to be left alone. */
  private async changedFiles(): Promise<{ readonly files: readonly string[]; readonly leftMs: number }> {
    const files: string[] = [];
    let leftMs = 0;
    for (const [file, { state: before }] of this.versions) {
      const now = await fileState(file);
      if (isSameState(before, now)) {
        this.settled.delete(file);
        continue;
      }
      const settled = this.settled.get(file) ?? new SettledFile();
      this.settled.set(file, settled);
      files.push(file);
      leftMs = Math.max(leftMs, settled.leftMs(before, now));
    }
    return { files, leftMs };
  }

  /** Whether one of the files has another content. A version that turns out to be no zone is read once only. */
  private async takeVersions(files: readonly string[]): Promise<boolean> {
    let isOther = false;
    for (const file of files) {
      const before = this.versions.get(file);
      const version = await versionOfFile(file);
      isOther ||= version.digest === '' || version.digest !== before?.digest;
      this.versions = new Map([...this.versions, [file, version]]);
    }
    return isOther;
  }

  private async reload(): Promise<void> {
    const { path, zones, logger, reasons } = this.options;
    try {
      await this.load();
      reasons?.end({ kind: 'ZoneFile', name: path }, 'content');
    } catch (error) {
      const problem = messageOf(error);
      const hasOld = this.targets.some((target) => zones.some((name) => target.zones.has(name)));
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
    const { path, zones } = this.options;
    const loaded: [string, LoadedZone][] = [];
    for (const name of zones) loaded.push([name, await loadZoneFile(path, name)]);
    if (this.stopped) return;
    this.versions = new Map(loaded.flatMap(([, { versions }]) => [...versions]));
    for (const [name, zone] of loaded) {
      const before = this.targets[0]?.zones.serialOf(name);
      for (const target of this.targets) target.zones.replace(name, zone.content);
      this.tell(name, zone, before);
    }
    for (const { onChange } of this.targets) onChange();
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

/** Why this process cannot read a file, in words; `undefined` when it can. */
export function openProblem(path: string): Promise<string | undefined> {
  return access(path, constants.R_OK).then(() => undefined, fileProblem);
}

/** RFC 1982 3.2 */
function isLater(serial: number, before: number): boolean {
  return serial !== before && (serial - before) >>> 0 < 2 ** 31;
}
