import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

import { messageOf } from '@seamark/common/errors';

import type { Position } from '../../chain/setup.ts';
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
export async function readWebConfig(path: string, at: Position): Promise<HttpsMaterial> {
  try {
    const fields = fieldsOf(await readFile(path, 'utf8'));
    const read = (file: string): Promise<string> => readFile(isAbsolute(file) ? file : join(dirname(path), file), 'utf8');
    const { cert_file: cert, key_file: key, client_ca_file: ca, client_auth_type: authType = 'NoClientCert' } = fields;
    if (cert === undefined || key === undefined) throw new Error('tls_server_config needs cert_file and key_file');
    const clientAuth = clientAuthTypes[authType];
    if (clientAuth === undefined) throw new Error(`client_auth_type is one of ${Object.keys(clientAuthTypes).join(', ')}, not ${authType}`);
    return { cert: await read(cert), key: await read(key), ...clientAuth, ...(ca === undefined ? {} : { ca: await read(ca) }) };
  } catch (error) {
    throw corefileError(at, `the web configuration ${path} cannot be used: ${messageOf(error)}`);
  }
}

/** The plain `name: value` lines of a file. */
function fieldsOf(text: string): Record<string, string | undefined> {
  const lines = text.matchAll(/^\s*([a-z_]+):[ \t]+["']?([^"'#\n]+?)["']?[ \t]*(?:#.*)?$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, value]));
}
