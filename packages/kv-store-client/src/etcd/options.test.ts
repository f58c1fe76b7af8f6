import { expect, test } from 'vitest';
import { compileEtcdOptions, type EtcdStoreOptions } from './options.ts';

test.for([
  ['http://10.0.0.1:2379', {}, { url: 'http://10.0.0.1:2379', host: '10.0.0.1', target: '10.0.0.1:2379', tls: false }],
  ['https://etcd.example', {}, { url: 'https://etcd.example:2379', host: 'etcd.example', target: 'etcd.example:2379', tls: true }],
  ['http://etcd.example:80', {}, { url: 'http://etcd.example:80', host: 'etcd.example', target: 'etcd.example:80', tls: false }],
  ['https://etcd.example:443/', {}, { url: 'https://etcd.example:443', host: 'etcd.example', target: 'etcd.example:443', tls: true }],
  ['etcd.example:4001', {}, { url: 'http://etcd.example:4001', host: 'etcd.example', target: 'etcd.example:4001', tls: false }],
  [
    'etcd.example:4001',
    { caFile: '/ca' },
    { url: 'https://etcd.example:4001', host: 'etcd.example', target: 'etcd.example:4001', tls: true },
  ],
  ['http://[::1]:2379', {}, { url: 'http://[::1]:2379', host: '::1', target: '[::1]:2379', tls: false }],
] as const)('the endpoint %s is understood', ([endpoint, options, expected]) => {
  expect(compileEtcdOptions({ endpoints: [endpoint], ...options }).endpoints).toEqual([expected]);
});

test.for<readonly [string, EtcdStoreOptions, RegExp]>([
  ['no endpoint', { endpoints: [] }, /at least one endpoint/],
  ['an empty endpoint', { endpoints: [''] }, /endpoint ""/],
  ['another scheme', { endpoints: ['ftp://x:1'] }, /ftp:\/\/x:1/],
  ['a port out of range', { endpoints: ['x:99999'] }, /x:99999/],
  ['a certificate without its key', { endpoints: ['x:1'], certFile: '/c' }, /key file/],
  ['a password without a user', { endpoints: ['x:1'], password: 'pw' }, /user name/],
  ['credentials in the endpoint', { endpoints: ['http://user:pw@x:1'] }, /must not carry credentials/],
])('%s is SM_CONFIG_INVALID and the message holds no password', ([, options, message]) => {
  let error: unknown;
  try {
    compileEtcdOptions(options);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'SM_CONFIG_INVALID', message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('pw');
});
