import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { messageOf } from '@seamark/common/errors';

import type { SetupContext, Token } from '../../chain/setup.ts';
import { fileProblem, readFileOf } from '../../corefile/arguments/read-file-of.ts';
import { checkTlsMaterial } from '../../corefile/arguments/read-tls-files.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import type { HttpsMaterial } from '../../server/http-endpoint-pool.ts';

/** `client_auth_type` of Go and what Node makes of it. */
const clientAuthTypes: Readonly<Record<string, Pick<HttpsMaterial, 'requestCert' | 'rejectUnauthorized'>>> = {
  NoClientCert: {},
  RequestClientCert: { requestCert: true, rejectUnauthorized: false },
  RequireAndVerifyClientCert: { requestCert: true, rejectUnauthorized: true },
};

/**
 * Reads the certificates that a web configuration file of Prometheus names in `tls_server_config`: `cert_file`, `key_file`,
 * `client_ca_file` and `client_auth_type`, each on a line of its own. Throws SM_COREFILE_INVALID.
 */
export function readWebConfig(file: Token, context: Pick<SetupContext, 'folder'>): HttpsMaterial {
  const text = readFileOf(file, context, 'tls of prometheus');
  const path = resolvePath(file, context);
  try {
    const fields = fieldsOf(text);
    const read = (name: string): string => readFileSync(isAbsolute(name) ? name : join(dirname(path), name), 'utf8');
    const { cert_file: cert, key_file: key, client_ca_file: ca, client_auth_type: authType = 'NoClientCert' } = fields;
    if (cert === undefined || key === undefined) throw new Error('tls_server_config needs cert_file and key_file');
    const clientAuth = clientAuthTypes[authType];
    if (clientAuth === undefined) throw new Error(`client_auth_type is one of ${Object.keys(clientAuthTypes).join(', ')}, not ${authType}`);
    const material = { cert: read(cert), key: read(key), ...clientAuth, ...(ca === undefined ? {} : { ca: read(ca) }) };
    checkTlsMaterial(material, { cert, key, ...(ca === undefined ? {} : { ca }) });
    return material;
  } catch (error) {
    throw corefileError(file.at, `the web configuration ${path} cannot be used: ${whyNot(error)}`);
  }
}

/** Why, with the file that is meant when it is one of those that the configuration names. */
function whyNot(error: unknown): string {
  const { path } = error as NodeJS.ErrnoException;
  return path === undefined ? messageOf(error) : `${path}: ${fileProblem(error)}`;
}

/** The plain `name: value` lines of a file. */
function fieldsOf(text: string): Record<string, string | undefined> {
  const lines = text.matchAll(/^\s*([a-z_]+):[ \t]+["']?([^"'#\n]+?)["']?[ \t]*(?:#.*)?$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, value]));
}
