import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';

let made: { readonly certFile: string; readonly keyFile: string } | undefined;

/** A certificate for 127.0.0.1 that signed itself, with a P-256 key, as PEM files; the same for all servers of a run. */
export function makeCertificate(): { readonly certFile: string; readonly keyFile: string } {
  if (made !== undefined) return made;
  const folder = temporaryFolder('bench-certificate').path;
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', keyFile];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, ...subject], { stdio: 'pipe' });
  return (made = { certFile, keyFile });
}
