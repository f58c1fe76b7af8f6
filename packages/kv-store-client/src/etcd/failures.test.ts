import { expect, test } from 'vitest';
import { classifyFailure } from './failures.ts';
import { progressIsOrdered } from './server-version.ts';

const context = { url: 'https://e:2379', username: 'dns', tls: 'CA file /ca.pem' };
const refused = (error: string): string => `No connection established. Last error: ${error}. Resolution note: `;

test.for<readonly [code: number, details: string, kind: string, mapped: string]>([
  [14, refused('Error: connect ECONNREFUSED 127.0.0.1:2379'), 'unsent', 'SM_STORE_UNAVAILABLE'],
  [14, 'Name resolution failed for target dns:nowhere:2379', 'unsent', 'SM_STORE_UNAVAILABLE'],
  [14, 'Connection dropped', 'unknown', 'SM_STORE_UNAVAILABLE'],
  [14, 'etcdserver: leader changed', 'unknown', 'SM_STORE_UNAVAILABLE'],
  [14, 'etcdserver: request timed out', 'unknown', 'SM_STORE_UNAVAILABLE'],
  [4, 'Deadline exceeded after 5.000s', 'unknown', 'SM_STORE_UNAVAILABLE'],
  [13, 'Received RST_STREAM with code 2', 'unknown', 'SM_STORE_UNAVAILABLE'],
  [8, 'etcdserver: too many requests', 'unsent', 'SM_STORE_UNAVAILABLE'],
  [8, 'etcdserver: mvcc: database space exceeded', 'final', 'SM_STORE_WRITE_FAILED'],
  [14, refused('Error: self-signed certificate in certificate chain'), 'unsent', 'SM_STORE_TLS'],
  [14, refused('Error: certificate has expired'), 'unsent', 'SM_STORE_TLS'],
  [
    14,
    refused("Error: Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: "),
    'unsent',
    'SM_STORE_TLS',
  ],
  [3, 'etcdserver: authentication failed, invalid user ID or password', 'final', 'SM_STORE_UNAUTHENTICATED'],
  [3, 'etcdserver: user name is empty', 'reauthenticate', 'SM_STORE_UNAUTHENTICATED'],
  [14, 'etcdserver: rpc not supported for learner', 'unsent', 'SM_STORE_UNAVAILABLE'],
  [7, 'etcdserver: permission denied', 'final', 'SM_STORE_UNAUTHENTICATED'],
  [16, 'etcdserver: invalid auth token', 'reauthenticate', 'SM_STORE_UNAUTHENTICATED'],
  [3, 'etcdserver: revision of auth store is old', 'reauthenticate', 'SM_STORE_UNAUTHENTICATED'],
  [11, 'etcdserver: mvcc: required revision has been compacted', 'final', 'SM_STORE_COMPACTED'],
  [11, 'etcdserver: mvcc: required revision is a future revision', 'final', 'SM_STORE_REJECTED'],
  [3, 'etcdserver: duplicate key given in txn request', 'final', 'SM_STORE_REJECTED'],
  [3, 'etcdserver: too many operations in txn request', 'final', 'SM_STORE_REJECTED'],
  [3, 'etcdserver: request is too large', 'final', 'SM_STORE_REJECTED'],
  [5, 'etcdserver: requested lease not found', 'final', 'SM_STORE_LEASE_LOST'],
])('gRPC %i "%s" is %s, %s', ([code, details, kind, mapped]) => {
  const failure = classifyFailure({ code, details }, context);
  expect(failure).toMatchObject({ kind, error: { code: mapped, message: expect.stringContaining('https://e:2379') } });
  if (mapped === 'SM_STORE_TLS') expect(failure.error.message).toContain('CA file /ca.pem');
  if (mapped === 'SM_STORE_UNAUTHENTICATED' && kind === 'final') expect(failure.error.message).toContain('user "dns"');
});

test('without a user name of ours, one that is empty is final: there is nothing to authenticate with', () => {
  const failure = classifyFailure({ code: 3, details: 'etcdserver: user name is empty' }, { ...context, username: undefined });
  expect(failure).toMatchObject({ kind: 'final', error: { code: 'SM_STORE_UNAUTHENTICATED' } });
});

test.for([
  ['3.3.27', false],
  ['3.4.23', false],
  ['3.4.24', false],
  ['3.4.25', true],
  ['3.5.7', false],
  ['3.5.8', true],
  ['3.5.21', true],
  ['3.6.0', true],
  ['4.0.0', true],
  ['', false],
] as const)('progress answers of etcd %s are in order: %s', ([version, ordered]) => {
  expect(progressIsOrdered(version)).toBe(ordered);
});
