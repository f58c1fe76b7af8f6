import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import { messageOf, SeamarkError } from '@seamark/common/errors';
import { dnsNameToWire } from '@seamark/common/model';

import { checkZone, formatZoneProblem, includeBeside, type ZoneProblem, ZoneReader, type ZoneRecord } from '../../zonefile/index.ts';
import { expandUtf8 } from '../../wire/presentation/text-lexer.ts';
import { createZoneContent, type ZoneContent } from './zone-content.ts';

/** A zone file that was read. */
export interface LoadedZone {
  readonly content: ZoneContent;
  /** What does not keep the zone from being served, in the order of the file. */
  readonly warnings: readonly ZoneProblem[];
  /** The file and what it includes, each with what tells one version from another. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Records between two turns of the event loop: some milliseconds of work. */
const recordsPerTurn = 5000;

/** Most problems that an error names. */
const namedProblems = 5;

/**
 * Reads a zone from its file, letting questions be answered in between. Throws SM_ZONE_FILE_INVALID, with file and line, for a file
 * that cannot be read or is no zone; `versionOfFile` tells when it is worth another try.
 */
export async function loadZoneFile(path: string, zone: string): Promise<LoadedZone> {
  const versions = new Map([[path, await versionOfFile(path)]]);
  const included: string[] = [];
  const reader = new ZoneReader(await readText(path), {
    origin: zone,
    file: path,
    include(name, from) {
      const read = includeBeside(name, from);
      if (read.ok) included.push(read.value.file);
      return read;
    },
  });
  return finish(reader, versions, included, path, zone);
}

/** Reads a zone from text; like {@link loadZoneFile}, at once. `file` is the name for messages. */
export function readZoneText(text: string, zone: string, file: string): Pick<LoadedZone, 'content' | 'warnings'> {
  const reader = new ZoneReader(expandUtf8(text), { origin: zone, file });
  const records: ZoneRecord[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) records.push(record);
  return contentOf(records, reader.problems, file, zone);
}

/** What tells one version of a file from another; the change time moves with any write. Empty when the file is not there. */
export async function versionOfFile(path: string): Promise<string> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  return status === undefined ? '' : `${status.ino} ${status.size} ${status.ctimeNs}`;
}

async function finish(
  reader: ZoneReader,
  versions: Map<string, string>,
  included: readonly string[],
  path: string,
  zone: string,
): Promise<LoadedZone> {
  const records: ZoneRecord[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    records.push(record);
    if (records.length % recordsPerTurn === 0) await setImmediate();
  }
  for (const file of included) versions.set(file, await versionOfFile(file));
  return { ...contentOf(records, reader.problems, path, zone), versions };
}

function contentOf(
  records: readonly ZoneRecord[],
  problems: readonly ZoneProblem[],
  file: string,
  zone: string,
): Pick<LoadedZone, 'content' | 'warnings'> {
  const apex = dnsNameToWire(zone);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const more = errors.length > namedProblems ? `; and ${errors.length - namedProblems} more` : '';
    throw invalid(`${errors.slice(0, namedProblems).map(formatZoneProblem).join('; ')}${more}`);
  }
  const checked = checkZone(records, apex, file);
  const content = createZoneContent(apex, checked.records);
  if (!content.ok) throw invalid(`${file}: ${content.problem}`);
  return { content: content.value, warnings: [...problems, ...checked.problems] };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    throw new SeamarkError('SM_ZONE_FILE_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function invalid(problem: string): SeamarkError {
  return new SeamarkError('SM_ZONE_FILE_INVALID', problem);
}
