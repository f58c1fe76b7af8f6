import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';

import { type RandomZone, type ZoneLine, zoneFileText } from './random-zones.ts';

/** How a zone is to prove what is not there. */
export type SigningMode = 'NSEC' | 'NSEC3' | 'NSEC3 with opt-out';

const modeArgs: Record<SigningMode, readonly string[]> = {
  NSEC: [],
  NSEC3: ['-3', 'aabb', '-H', '2'],
  'NSEC3 with opt-out': ['-3', '-', '-H', '0', '-A'],
};

/** The zone with the records that BIND's dnssec-signzone adds. Without NUL in labels: NSD 4.6 sorts those names wrongly. */
export function signZone(zone: RandomZone, mode: SigningMode): RandomZone {
  using folder = temporaryFolder('signing');
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder.path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const key = run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', ...(mode === 'NSEC' ? [] : ['-3']), zone.name]).trim();
  const file = join(folder.path, 'zone');
  writeFileSync(file, zoneFileText(zone).replaceAll(String.raw`\000`, 'nul') + readFileSync(join(folder.path, `${key}.key`), 'utf8'));
  run('dnssec-signzone', ['-q', '-z', '-P', '-O', 'full', ...modeArgs[mode], '-o', zone.name, '-f', 'signed', 'zone', key]);
  return { name: zone.name, records: linesOf(readFileSync(join(folder.path, 'signed'), 'utf8')) };
}

/** The lines of a file in which every record has one line, with its owner, TTL and class. */
function linesOf(text: string): ZoneLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => {
      const [owner = '', ttl = '', , type = '', ...data] = line.split(/[\t ]+/);
      return { owner: owner.replace(/\.$/, ''), ttlSeconds: Number(ttl), type, data: data.join(' ') };
    });
}
