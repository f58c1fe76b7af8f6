import { setTimeout as delay } from 'node:timers/promises';

import { SeamarkError } from '@seamark/common/errors';
import { dnsNameToWire, normalizeDnsName } from '@seamark/common/model';

import type { BlockPart } from '../chain/setup.ts';
import { checkZone, markUnloadable, type WritableRecord, writeZoneFile } from '../zonefile/index.ts';
import type { CorefileVersion } from './corefile-version.ts';

const pollMs = 20;

/**
 * Reads one zone of a Corefile from where it is kept, and gives it as the text of a zone file that other name servers load: what they
 * would refuse, such as the SRV that SkyDNS gives an alias, stands in it as comments with the reason. Comments at its start say what they
 * may complain about. It opens no socket that answers.
 * Throws SM_CONFIG_INVALID when no block serves the zone from records of its own, SM_START_FAILED when it does not become ready in time.
 */
export async function dumpZone(version: CorefileVersion, zone: string, timeoutMs = 60_000): Promise<string> {
  const name = normalizeDnsName(zone);
  const label = name === '.' ? name : `${name}.`;
  const sources = version.blocks.flatMap(({ parts }) => [...parts]).filter(([, part]) => part.dump !== undefined);
  const halt = new AbortController();
  const started: BlockPart[] = [];
  try {
    for (const [, part] of sources) {
      started.push(part);
      await part.start?.(halt.signal);
    }
    for (let leftMs = timeoutMs; ; leftMs -= pollMs) {
      const waiting = sources.flatMap(([directive, part]) => {
        const reason = part.notReady?.();
        return reason === undefined ? [] : [`${directive}: ${reason}`];
      });
      const records = waiting.length === 0 ? firstDump(started, label) : undefined;
      if (records !== undefined) return zoneText(records, dnsNameToWire(name));
      if (waiting.length === 0) throw new SeamarkError('SM_CONFIG_INVALID', `no directive of the Corefile has the records of ${label}`);
      if (leftMs <= 0) throw new SeamarkError('SM_START_FAILED', `${label} cannot be read: ${waiting.join('; ')}`);
      await delay(pollMs);
    }
  } finally {
    halt.abort();
    for (const part of started.toReversed()) await part.stop?.();
  }
}

function zoneText(records: readonly WritableRecord[], origin: Uint8Array): string {
  const marked = markUnloadable(records, origin);
  const kept = marked.filter(({ leftOut }) => leftOut === undefined).map((record) => ({ ...record, at: { file: '', line: 0 } }));
  const notes = checkZone(kept, origin).problems.map(({ problem }) => `; note: ${problem}\n`);
  return notes.join('') + writeZoneFile(marked, origin);
}

function firstDump(parts: readonly BlockPart[], label: string): ReturnType<NonNullable<BlockPart['dump']>> {
  for (const part of parts) {
    const records = part.dump?.(label);
    if (records !== undefined) return records;
  }
  return undefined;
}
