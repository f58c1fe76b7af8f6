import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';

import type { TlsMaterial } from '../transport/tls-settings.ts';

/** A certificate and its key, as files and as text. */
export interface TestCertificate extends TlsMaterial {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority and what it signed. */
export interface TestCertificates extends Disposable {
  readonly authority: TestCertificate;
  readonly folder: string;
  /** A certificate of the authority for 127.0.0.1 and localhost. */
  issue(name: string): TestCertificate;
  /** One that signed itself. */
  selfSigned(name: string): TestCertificate;
}

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes certificates with openssl in a folder of their own. */
export function testCertificates(): TestCertificates {
  const home = temporaryFolder('certificates');
  const folder = home.path;
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const read = (name: string): TestCertificate => {
    const certFile = join(folder, `${name}.pem`);
    const keyFile = join(folder, `${name}.key`);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  };
  const selfSigned = (name: string, ...extra: readonly string[]): TestCertificate => {
    openssl('req', '-x509', ...keyOptions, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, ...extra);
    return read(name);
  };
  const authority = selfSigned('authority');
  return {
    authority,
    folder,
    selfSigned: (name) => selfSigned(name, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'),
    issue(name) {
      openssl('req', '-new', ...keyOptions.slice(0, -2), '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
      const signing = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signing);
      return read(name);
    },
    [Symbol.dispose]: () => home[Symbol.dispose](),
  };
}
