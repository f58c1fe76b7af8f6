import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

import { expandUtf8 } from '../wire/presentation/text-lexer.ts';
import { type IncludedFile, ZoneReader, type ZoneReaderOptions } from './zone-reader.ts';
import type { ZoneProblem, ZoneRecord } from './zone-record.ts';

/** What a zone file holds. With an error among the problems, records are missing. */
export interface ParsedZone {
  readonly records: readonly ZoneRecord[];
  /** In the order in which they stand in the text. */
  readonly problems: readonly ZoneProblem[];
}

/** Records between two turns of the event loop while a file is read: some milliseconds of work. */
const recordsPerTurn = 5000;

/** Reads a zone from text. Text outside ASCII stands for its UTF-8 octets. Throws SM_NAME_INVALID for an origin that is not a name. */
export function parseZone(text: string, options: ZoneReaderOptions = {}): ParsedZone {
  const reader = new ZoneReader(expandUtf8(text), options);
  const records: ZoneRecord[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) records.push(record);
  return { records, problems: reader.problems };
}

/**
 * Reads a zone file and what it includes, relative to the file that includes. Lets other work run in between. Throws what reading
 * the file throws; a file that is included and cannot be read is a problem in the result.
 */
export async function readZoneFile(path: string, options: Omit<ZoneReaderOptions, 'file' | 'include'> = {}): Promise<ParsedZone> {
  const reader = new ZoneReader(await readFile(path, 'latin1'), { ...options, file: path, include: includeBeside });
  const records: ZoneRecord[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    records.push(record);
    if (records.length % recordsPerTurn === 0) await setImmediate();
  }
  return { records, problems: reader.problems };
}

/** Reads a file that `from` includes; a relative path starts at the folder of `from`. */
export function includeBeside(path: string, from: string): ParseResult<IncludedFile> {
  const file = resolve(dirname(from), path);
  try {
    return parsed({ file, text: readFileSync(file, 'latin1') });
  } catch (error) {
    return unparsable(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
