import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const soa = (owner: string, serial: number): string => `${owner} 300 IN SOA ns.example.org. h.example.org. ${serial} 2 3 4 5\n`;

const files: Readonly<Record<string, string>> = {
  'db.ok': `${soa('@', 1)}@ 300 IN NS ns.example.org.\n`,
  'db.bad': `${soa('@', 1)}x 300 IN A nonsense\n`,
  'db.nosoa': '@ 300 IN NS ns.example.org.\n',
  'db.empty': '',
  'db.twosoa': soa('@', 1) + soa('@', 2),
  'hosts.txt': '10.0.0.1 a\n',
  'weights.txt': 'a.example\n10.0.0.1 5\n',
  'weights.bad': 'a.example\n10.0.0.1 500\n',
  'weights.bad2': '10.0.0.1 5\n',
  'weights.empty': '',
  'junk.pem': 'junk',
  emptyresolv: '# nothing\n',
  'web.yml': 'tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n',
  'inc.part': 'whoami\n',
  'empty.part': '',
  'bad.part': 'nope\n',
  'open.part': 'errors {\n',
  'quotes.part': 'chaos "open\n',
  'block.part': '.:0 {\n bind 127.0.0.1\n whoami\n}\n',
  'key.part': '.:0',
  'loop1.part': 'import loop2.part\n',
  'loop2.part': 'import loop1.part\n',
  'sub/relative.part': 'import ../inc.part\n',
  'all/a.conf': 'whoami\n',
  'all/b.conf': 'errors\n',
};

/** Writes the files that the Corefiles of these tests name: zones, certificates, hosts, and parts to be imported. */
export function writeOddFiles(folder: string): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'dir'));
  for (const [cert, key] of [
    ['cert.pem', 'key.pem'],
    ['other.crt', 'other.pem'],
  ] as const) {
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test'];
    execFileSync('openssl', ['req', ...kind, '-keyout', join(folder, key), '-out', join(folder, cert)], { stdio: 'pipe' });
  }
  copyFileSync(join(folder, 'cert.pem'), join(folder, 'ca.pem'));
}
