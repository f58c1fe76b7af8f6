import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EtcdServer,
  etcdRequirement,
  eventually,
  freePort,
  programRequirement,
  startEtcd,
  type TemporaryFolder,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flat, put } from '../contract/contract-store.ts';
import { recordWatch } from '../contract/watch-recorder.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import type { EtcdStoreOptions } from './options.ts';
import { type CertificateFiles, makeAuthority, makeCertificate } from './testing/certificates.ts';

describe.skipIf(unmet('etcd with TLS', etcdRequirement(), programRequirement('openssl', 'openssl')))('the etcd store over TLS', () => {
  let folder: TemporaryFolder;
  let authority: CertificateFiles;
  let stranger: CertificateFiles;
  let client: CertificateFiles;
  let foreignClient: CertificateFiles;
  let byAddress: EtcdServer;
  let byName: EtcdServer;
  let ports: readonly [number, number];
  const warnings: Error[] = [];
  const warned = (warning: Error): number => warnings.push(warning);

  beforeAll(async () => {
    process.on('warning', warned);
    folder = temporaryFolder('tls');
    authority = makeAuthority(folder.path, 'authority');
    stranger = makeAuthority(folder.path, 'stranger');
    client = makeCertificate(folder.path, 'client', 'DNS:client', authority);
    foreignClient = makeCertificate(folder.path, 'foreign-client', 'DNS:client', stranger);
    ports = [await freePort(), await freePort()];
    const serve = async (names: string, tlsPort: number, clientCertificates: boolean): Promise<EtcdServer> => {
      const server = makeCertificate(folder.path, `server-${tlsPort}`, names, authority);
      const port = await freePort();
      return startEtcd({
        port,
        extraArgs: [
          // The plain one is for the test kit's health check.
          `--listen-client-urls=http://127.0.0.1:${port},https://127.0.0.1:${tlsPort}`,
          `--advertise-client-urls=https://127.0.0.1:${tlsPort}`,
          `--cert-file=${server.certFile}`,
          `--key-file=${server.keyFile}`,
          ...(clientCertificates ? ['--client-cert-auth', `--trusted-ca-file=${authority.certFile}`] : []),
        ],
      });
    };
    [byAddress, byName] = await Promise.all([serve('IP:127.0.0.1', ports[0], true), serve('DNS:etcd.example', ports[1], false)]);
  });
  afterAll(async () => {
    process.off('warning', warned);
    await byAddress?.[Symbol.asyncDispose]();
    await byName?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const check = async (options: Partial<EtcdStoreOptions>, index: 0 | 1 = 0): Promise<void> => {
    const store = createEtcdStore({ endpoints: [`https://127.0.0.1:${ports[index]}`], ...options });
    try {
      const revision = await put(store, '/x/a', '1');
      using watch = recordWatch(store, '/x/', revision);
      await watch.reached(revision);
      expect(flat(await store.range({ prefix: '/x/' }))).toEqual(['/x/a=1']);
    } finally {
      await store.close();
    }
  };

  test('works with the CA, a client certificate and its key', async () => {
    await check({ caFile: authority.certFile, ...client });
    await check({ endpoints: [`127.0.0.1:${ports[0]}`], caFile: authority.certFile, ...client });
  });

  test('verifies an address without naming it in the handshake, of which Node warns (DEP0123)', async () => {
    await check({ caFile: authority.certFile, ...client });
    // Node tells of a warning in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter((warning) => 'code' in warning && warning.code === 'DEP0123')).toEqual([]);
    await check({ caFile: authority.certFile, ...client, serverName: '127.0.0.1' });
    await check({ endpoints: [`https://localhost:${ports[1]}`], caFile: authority.certFile, serverName: 'etcd.example' }, 1);
  });

  test('works with a server name that the certificate carries instead of the address', async () => {
    await check({ caFile: authority.certFile, serverName: 'etcd.example' }, 1);
  });

  test('works without verifying when that is asked for', async () => {
    await check({ insecureSkipVerify: true }, 1);
    await check({ insecureSkipVerify: true, caFile: stranger.certFile }, 1);
  });

  const rows: readonly (readonly [name: string, index: 0 | 1, options: () => Partial<EtcdStoreOptions>, message: () => RegExp])[] = [
    ['another CA', 1, () => ({ caFile: stranger.certFile, serverName: 'etcd.example' }), () => /CA file .*stranger\.crt.*certificate/],
    ['no CA file for a private CA', 1, () => ({ serverName: 'etcd.example' }), () => /CAs of Node.*certificate/],
    ['a name that the certificate does not carry', 1, () => ({ caFile: authority.certFile }), () => /127\.0\.0\.1.*cert/],
    [
      'a client certificate of another CA',
      0,
      () => ({ caFile: authority.certFile, ...foreignClient }),
      () => /certificate file .*foreign-client\.crt/,
    ],
    ['no client certificate where one is wanted', 0, () => ({ caFile: authority.certFile }), () => /certificate/],
    ['a file that is not there', 1, () => ({ caFile: '/nowhere/ca.pem' }), () => /CA file \/nowhere\/ca\.pem cannot be read/],
  ];
  test.for(rows)('%s is SM_STORE_TLS, with the file or name in the message', async ([, index, options, message]) => {
    const store = createEtcdStore({ endpoints: [`https://127.0.0.1:${ports[index]}`], ...options() });
    try {
      await expect(store.range({ prefix: '/x/' })).rejects.toMatchObject({
        code: 'SM_STORE_TLS',
        message: expect.stringMatching(message()),
      });
      using watch = recordWatch(store, '/x/', 1);
      await eventually(() => expect(watch.interruptions[0]).toMatchObject({ code: 'SM_STORE_TLS' }));
    } finally {
      await store.close();
    }
  });

  test('a file that is not PEM, or not the key of its certificate, is SM_STORE_TLS', async () => {
    const rubbish = join(folder.path, 'rubbish.pem');
    writeFileSync(rubbish, 'not a certificate');
    for (const options of [
      { caFile: rubbish },
      { caFile: authority.certFile, certFile: client.certFile, keyFile: foreignClient.keyFile },
    ]) {
      const store = createEtcdStore({ endpoints: [`https://127.0.0.1:${ports[0]}`], ...options });
      await expect(store.range({ prefix: '/x/' })).rejects.toMatchObject({ code: 'SM_STORE_TLS' });
      await store.close();
    }
  });

  test('files that have been renewed are used without a new store', async () => {
    const caFile = join(folder.path, 'renewed.crt');
    copyFileSync(stranger.certFile, caFile);
    const store = createEtcdStore({ endpoints: [`https://127.0.0.1:${ports[1]}`], caFile, serverName: 'etcd.example' });
    try {
      using watch = recordWatch(store, '/renewed/', 1);
      await eventually(() => expect(watch.interruptions).toHaveLength(1));
      await expect(store.range({ prefix: '/renewed/' })).rejects.toMatchObject({ code: 'SM_STORE_TLS' });
      copyFileSync(authority.certFile, caFile);
      const revision = await eventually(() => put(store, '/renewed/a', '1'));
      await watch.reached(revision);
    } finally {
      await store.close();
    }
  });
});
