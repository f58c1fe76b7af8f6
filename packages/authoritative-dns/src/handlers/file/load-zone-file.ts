import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import { messageOf, SeamarkError } from '@seamark/common/errors';
import { dnsNameToWire } from '@seamark/common/model';

import { checkZone, formatZoneProblem, includeBeside, type ZoneProblem, ZoneReader, type ZoneRecord } from '../../zonefile/index.ts';
import { expandUtf8 } from '../../wire/presentation/text-lexer.ts';
import { type FileState, fileState } from '../settled-file.ts';
import { isFatal, servedAnyway } from './served-anyway.ts';
import { createZoneContent, type ZoneContent } from './zone-content.ts';

/** A zone file that was read. */
export interface LoadedZone {
  readonly content: ZoneContent;
  /** What does not keep the zone from being served, in the order of the file. */
  readonly warnings: readonly ZoneProblem[];
  /** The file and what it includes. */
  readonly versions: ReadonlyMap<string, FileVersion>;
}

/** What tells one version of a file from another. */
export interface FileVersion {
  /** As the file looked before it was read. */
  readonly state: FileState | undefined;
  /** Of its content; empty for a file that could not be read. */
  readonly digest: string;
}

/** Records between two turns of the event loop: some milliseconds of work. */
const recordsPerTurn = 5000;

/** Octets between two turns of the event loop. */
const octetsPerTurn = 4 * 1024 * 1024;

/** Most problems that an error names. */
const namedProblems = 5;

/**
 * Reads a zone from its file, letting questions be answered in between. Throws SM_ZONE_FILE_INVALID, with file and line, for a file
 * that cannot be read or is no zone.
 */
export async function loadZoneFile(path: string, zone: string): Promise<LoadedZone> {
  const state = await fileState(path);
  const octets = await readOctets(path);
  const versions = new Map([[path, { state, digest: await digestOf(octets) }]]);
  const included = new Map<string, string>();
  const reader = new ZoneReader(textOf(octets, path), {
    origin: zone,
    file: path,
    include(name, from) {
      const read = includeBeside(name, from);
      if (read.ok) included.set(read.value.file, createHash('sha256').update(read.value.text, 'latin1').digest('base64'));
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

/** The version of a file that is there now. */
export async function versionOfFile(path: string): Promise<FileVersion> {
  const state = await fileState(path);
  const digest = await readFile(path).then(digestOf, () => '');
  return { state, digest };
}

async function digestOf(octets: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < octets.length; at += octetsPerTurn) {
    hash.update(octets.subarray(at, at + octetsPerTurn));
    if (at + octetsPerTurn < octets.length) await setImmediate();
  }
  return hash.digest('base64');
}

async function finish(
  reader: ZoneReader,
  versions: Map<string, FileVersion>,
  included: ReadonlyMap<string, string>,
  path: string,
  zone: string,
): Promise<LoadedZone> {
  const records: ZoneRecord[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    records.push(record);
    if (records.length % recordsPerTurn === 0) await setImmediate();
  }
  for (const [file, digest] of included) versions.set(file, { state: await fileState(file), digest });
  return { ...contentOf(records, reader.problems, path, zone), versions };
}

function contentOf(
  records: readonly ZoneRecord[],
  problems: readonly ZoneProblem[],
  file: string,
  zone: string,
): Pick<LoadedZone, 'content' | 'warnings'> {
  if (problems.some(isFatal)) throw invalid(problems);
  const apex = dnsNameToWire(zone);
  const checked = checkZone(records, apex, file);
  const content = createZoneContent(apex, checked.records);
  if (!content.ok) throw invalid(checked.problems);
  return { content: content.value, warnings: [...problems, ...checked.problems].map(servedAnyway) };
}

async function readOctets(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SeamarkError('SM_ZONE_FILE_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function textOf(octets: Buffer, path: string): string {
  const text = octets.toString('latin1');
  if (/^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(text)) {
    throw new SeamarkError('SM_ZONE_FILE_INVALID', `${path}:1: error: the file is UTF-16: save it as UTF-8`);
  }
  return text;
}

function invalid(problems: readonly ZoneProblem[]): SeamarkError {
  const fatal = problems.filter(isFatal);
  const more = fatal.length > namedProblems ? `; and ${fatal.length - namedProblems} more` : '';
  return new SeamarkError('SM_ZONE_FILE_INVALID', `${fatal.slice(0, namedProblems).map(formatZoneProblem).join('; ')}${more}`);
}
