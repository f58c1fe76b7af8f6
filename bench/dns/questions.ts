import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostName, zone, zoneFileText } from './content.ts';

/** A zone and questions about it, as files. */
export interface DnsLoad {
  readonly zone: string;
  readonly names: number;
  /** See {@link zoneFileText}. */
  readonly zoneFile: string;
  /** Questions as dnsperf reads them. */
  readonly questionFile: string;
}

const questions = 50_000;

/**
 * Writes a zone of `names` names with an address each, and questions in random order: 80 % hits, 10 % for a type that the name lacks,
 * 10 % for random names that do not exist. The same at each call.
 */
export function writeDnsLoad(folder: string, names: number): DnsLoad {
  const zoneFile = join(folder, 'zone');
  writeFileSync(zoneFile, zoneFileText(names));
  let state = 12_345;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  const asked = Array.from({ length: questions }, () => {
    const roll = below(100);
    const host = hostName(below(names));
    return roll < 80 ? `${host} A` : roll < 90 ? `${host} AAAA` : `r${below(2 ** 24).toString(36)}.${zone} A`;
  });
  const questionFile = join(folder, 'questions');
  writeFileSync(questionFile, `${asked.join('\n')}\n`);
  return { zone, names, zoneFile, questionFile };
}
