import { z } from 'zod';
import { flagSchema, listOf, setting } from '../setting.ts';

const commands = ['up', 'dns-sync', 'authoritative-dns', 'etcd join', 'etcd enable-auth'] as const;
const url = z
  .string()
  .regex(
    /^(https?:\/\/)?[^\s/:]+(:\d{1,5})?\/?$|^(https?:\/\/)?\[[0-9a-fA-F:]+\](:\d{1,5})?\/?$/,
    'allowed: http://HOST:PORT or https://HOST:PORT',
  );

/** The store of records. */
export const storeSettings = {
  endpoints: setting(listOf(url).default([]), 'Endpoints of etcd; without any, `up` keeps an embedded store in the data folder', {
    flag: 'etcd',
    env: ['ETCD_URLS'],
    value: 'URL,…',
    commands,
  }),
  username: setting(z.string().optional(), 'User of etcd', { flag: 'etcd-username', env: ['ETCD_USERNAME'], value: 'NAME', commands }),
  password: setting(z.string().optional(), 'Password of etcd', {
    flag: 'etcd-password',
    env: ['ETCD_PASSWORD'],
    value: 'TEXT',
    commands,
    secret: true,
  }),
  caFile: setting(z.string().optional(), 'CA certificate that etcd is checked against', {
    flag: 'etcd-ca-file',
    env: ['ETCD_CA_FILE'],
    value: 'FILE',
    commands,
  }),
  certFile: setting(z.string().optional(), 'Client certificate for etcd', {
    flag: 'etcd-cert-file',
    env: ['ETCD_CERT_FILE'],
    value: 'FILE',
    commands,
  }),
  keyFile: setting(z.string().optional(), 'Key of the client certificate', {
    flag: 'etcd-key-file',
    env: ['ETCD_KEY_FILE'],
    value: 'FILE',
    commands,
  }),
  serverName: setting(z.string().optional(), 'Name that the certificate of etcd must carry', {
    flag: 'etcd-server-name',
    env: ['ETCD_TLS_SERVER_NAME'],
    value: 'NAME',
    commands,
  }),
  insecure: setting(flagSchema.default(false), 'Do not check the certificate of etcd', {
    flag: 'etcd-insecure',
    env: ['ETCD_TLS_INSECURE'],
    commands,
  }),
};
