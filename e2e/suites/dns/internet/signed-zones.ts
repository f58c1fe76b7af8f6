import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A zone that was signed, and what its parent and its users have to know of it. */
export interface SignedZone {
  /** Text of the zone file. */
  readonly text: string;
  /** DS records as they stand in a zone file, with absolute owners. */
  readonly delegationSigner: string;
  /** DNSKEY record of the key signing key, for those who trust it without a parent. */
  readonly trustAnchor: string;
}

/** Signs a zone with fresh keys of algorithm 13, by NSEC, or by NSEC3 without salt (RFC 9276). Files stay in the folder. */
export function signZone(folder: string, name: string, text: string, denial: 'NSEC' | 'NSEC3'): SignedZone {
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const origin = name === '.' ? '.' : `${name}.`;
  const label = name === '.' ? 'root' : name;
  const key = (...flags: readonly string[]): string => run('dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', ...flags, origin).trim();
  const [signing, zone] = [key('-f', 'KSK'), key()];
  const file = `${label}.unsigned`;
  writeFileSync(join(folder, file), text);
  const options = ['-S', '-o', origin, '-f', `${label}.signed`, '-O', 'full', ...(denial === 'NSEC3' ? ['-3', '-', '-H', '0'] : [])];
  run('dnssec-signzone', ...options, '-K', folder, file, `${signing}.key`, `${zone}.key`);
  return {
    text: readFileSync(join(folder, `${label}.signed`), 'utf8'),
    delegationSigner: run('dnssec-dsfromkey', '-2', `${signing}.key`),
    trustAnchor: readFileSync(join(folder, `${signing}.key`), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(';'))
      .join('\n'),
  };
}
