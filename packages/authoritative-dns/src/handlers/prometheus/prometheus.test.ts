import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { freePort, programRequirement, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { testCertificates } from '../../testing/certificates.ts';
import { startCorefileServer } from '../../testing/corefile-server.ts';

const missing = unmet('metrics over HTTPS', programRequirement('openssl', 'openssl'));

describe('the directive prometheus', () => {
  it.skipIf(missing)('serves over HTTPS with the certificates of a web configuration file', async () => {
    using certificates = testCertificates();
    const { certFile } = certificates.issue('metrics');
    const config = join(certificates.folder, 'web.yml');
    writeFileSync(config, `tls_server_config:\n  cert_file: "${certFile}"  # absolute\n  key_file: metrics.key\n`);
    const port = await freePort();
    await using _server = await startCorefileServer(`.:0 {\nbind 127.0.0.1\nprometheus 127.0.0.1:${port} {\ntls ${config}\n}\n}`);
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/metrics', ca: certificates.authority.cert };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('says which part of the web configuration file is missing', async () => {
    const start = startCorefileServer('.:0 {\nbind 127.0.0.1\nprometheus 127.0.0.1:0 {\ntls /nowhere.yml\n}\n}');
    await expect(start).rejects.toMatchObject({
      code: 'SM_COREFILE_INVALID',
      message: expect.stringMatching(
        /Corefile:4: tls of prometheus needs the file \/nowhere\.yml, which cannot be read: there is no such file/,
      ),
    });
  });
});
