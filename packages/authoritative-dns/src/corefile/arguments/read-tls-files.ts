import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

import { messageOf } from '@seamark/common/errors';

import type { DirectiveLine, SetupContext } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { expectArguments } from './expect-arguments.ts';
import { readFileOf } from './read-file-of.ts';
import { resolvePath } from './resolve-path.ts';

/** PEM files of a TLS client. */
export interface TlsFiles {
  readonly paths: { readonly cert?: string; readonly key?: string; readonly ca?: string };
  readonly secure: SecureContextOptions;
}

/** Reads `tls [CA] | CERT KEY [CA]`. Throws SM_COREFILE_INVALID for files that cannot be read or do not fit each other. */
export function readTlsFiles(line: DirectiveLine, context: Pick<SetupContext, 'folder'>): TlsFiles {
  expectArguments(line, 0, 3, 'tls, tls CA, tls CERT KEY or tls CERT KEY CA');
  const names = line.args.length === 1 ? (['ca'] as const) : (['cert', 'key', 'ca'] as const);
  const paths = Object.fromEntries(line.args.map((token, index) => [names[index], resolvePath(token, context)]));
  const secure = Object.fromEntries(line.args.map((token, index) => [names[index], readFileOf(token, context, 'tls')]));
  try {
    checkTlsMaterial(secure, paths);
  } catch (error) {
    throw corefileError(line.name.at, messageOf(error), pemFix);
  }
  return { paths, secure: { minVersion: 'TLSv1.2', ...secure } };
}

/** What to do about PEM files that are none. */
export const pemFix = 'Give PEM files, of which the key is that of the certificate.';

/** PEM texts, or the names of their files. */
export interface TlsTexts {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** Throws unless PEM texts are certificates and a key that fits: which of the files is wrong, with the words of OpenSSL. */
export function checkTlsMaterial({ cert, key, ca }: TlsTexts, files: TlsTexts): void {
  if (cert !== undefined) mustBe(`${files.cert} is no certificate`, () => new X509Certificate(cert));
  if (key !== undefined) mustBe(`${files.key} is no private key`, () => createPrivateKey(key));
  // Node takes a CA file without a certificate in it, and then trusts nobody.
  if (ca !== undefined) mustBe(`${files.ca} is no certificate of an authority`, () => new X509Certificate(ca));
  mustBe(`the key ${files.key} is not that of the certificate ${files.cert}`, () =>
    createSecureContext({ ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) }),
  );
}

function mustBe(problem: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new Error(`${problem}: ${messageOf(error)}`, { cause: error });
  }
}
