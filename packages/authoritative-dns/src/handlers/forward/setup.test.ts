import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';
import { expect, test } from 'vitest';

import { problemOf, setUp } from '../testing/set-up.ts';
import { readForwardOptions } from './read-options.ts';
import { forwardSetup } from './setup.ts';
import { formatUpstream } from './upstream-address.ts';

/** Lines of a block's braces, as CoreDNS's own tests have them. */
test.each([
  'forward . 127.0.0.1 {\n health_check 0.5s domain example.org\n}',
  'forward . 127.0.0.1 {\n except miek.nl\n}',
  'forward . 127.0.0.1 {\n prefer_udp\n}',
  'forward . 127.0.0.1 {\n force_tcp\n prefer_udp\n}',
  'forward . 127.0.0.1:53',
  'forward . 127.0.0.1:8080',
  'forward . [::1]:53',
  'forward . [2003::1]:53',
  'forward . ::1\nforward com ::2',
  'forward . https://127.0.0.1',
  'forward . tls://127.0.0.1%example.net:854 tls://127.0.0.2%example.net tls://fe80::1%example.com {\n tls\n}',
  'forward . tls://127.0.0.1%example.net:854 {\n tls\n}',
  'forward . 127.0.0.1 {\n tls\n}',
  'forward . tls://127.0.0.1',
  'forward . tls://127.0.0.1 {\n tls_servername dns\n}',
  'forward . 127.0.0.1 {\n}',
  'forward . 127.0.0.1 {\n max_connect_attempts 5\n}',
  'forward . 127.0.0.1 {\n max_idle_conns 10\n}',
  'forward . 127.0.0.1 {\n max_idle_conns 0\n}',
  'forward . 127.0.0.1 {\n max_concurrent 1000\n}',
  'forward . 127.0.0.1 {\n health_check 0.5s\n}',
  'forward . 127.0.0.1 {\n health_check 0.5s no_rec domain .\n}',
  'forward . 127.0.0.1 {\n failfast_all_unhealthy_upstreams\n}',
  'forward . 127.0.0.1 {\n policy sequential\n failover SERVFAIL REFUSED\n next NXDOMAIN\n next_on_nodata\n}',
  'forward . 127.0.0.1 {\n source_address 127.0.0.1\n read_timeout 3s\n expire 20s\n max_fails 3\n}',
  'forward . https://127.0.0.1 {\n doh_method GET\n}',
  'forward . dns.example.local {\n resolver 10.0.0.1 [2001:db8::1]:5353 10.0.0.2:53\n}',
  'forward 10.9.3.0/18 127.0.0.1',
])('%j is accepted', (lines) => {
  expect(problemOf(forwardSetup, lines)).toBeUndefined();
});

test.each([
  ['forward', 'needs at least 2 arguments'],
  ['forward .', 'needs at least 2 arguments'],
  [`forward ${'x'.repeat(64)} 127.0.0.1`, 'is not a zone'],
  ['forward . a27.0.0.1 127.0.0.300', 'is not an upstream'],
  ['forward . 127.0.0.1:99999', 'is not an upstream'],
  ['forward . grpc://127.0.0.1', 'not grpc://'],
  ['forward . /nowhere/resolv.conf', 'cannot be read'],
  [`forward . ${Array.from({ length: 16 }, (_, index) => `10.0.0.${index}`).join(' ')}`, 'at most 15 upstreams'],
  ['forward . tls://127.0.0.1%example.net:854 {\n tls_servername foo\n}', 'contradict each other'],
  ['forward . 127.0.0.1 {\n max_concurrent many\n}', 'number of questions'],
  ['forward . 127.0.0.1 {\n max_connect_attempts -4\n}', 'number of attempts'],
  ['forward . 127.0.0.1 {\n health_check domain example.org\n}', 'not a duration'],
  ['forward . 127.0.0.1 {\n health_check 0.5s rec\n}', 'not an option of health_check'],
  ['forward . 127.0.0.1 {\n health_check 0.5s domain\n}', 'needs a name behind it'],
  ['forward . 127.0.0.1 {\n health_check 0.5s domain example..org\n}', 'not a name to check with'],
  ['forward . 127.0.0.1 {\n health_check -0.5s\n}', 'out of range'],
  ['forward . 127.0.0.1 {\n failfast_all_unhealthy_upstreams false\n}', 'no arguments'],
  ['forward . 127.0.0.1 {\n source_address not-an-ip\n}', 'is not an IP address'],
  ['forward . 127.0.0.1 {\n policy fastest\n}', 'not a policy'],
  ['forward . 127.0.0.1 {\n next NONSENSE\n}', 'not a response code'],
  ['forward . 127.0.0.1 {\n failover NOERROR\n}', 'cannot stand for NOERROR'],
  ['forward . 127.0.0.1 {\n tls a b c d\n}', 'one too many'],
  ['forward . 127.0.0.1 {\n doh_method PUT\n}', 'not GET or POST'],
  ['forward . 127.0.0.1 {\n force_tcpp\n}', 'is not an option of forward'],
])('%j is refused: %s', (lines, problem) => {
  expect(problemOf(forwardSetup, lines)).toContain(problem);
});

test('a prefix that is several reverse zones is taken as the first of them, with a warning', () => {
  expect(setUp(forwardSetup, 'forward 10.9.64.0/18 127.0.0.1').warnings).toEqual([expect.stringContaining('64 reverse zones')]);
});

test.each([
  ['192.0.2.1', '192.0.2.1:53'],
  ['dns://192.0.2.1:1053', '192.0.2.1:1053'],
  ['2001:db8::1', '[2001:db8::1]:53'],
  ['[2001:db8::1]:1053', '[2001:db8::1]:1053'],
  ['fe80::1%eth0', '[fe80::1%eth0]:53'],
  ['tls://192.0.2.1%dns.example:8853', 'tls://192.0.2.1:8853'],
  ['https://[2001:db8::1]', 'https://[2001:db8::1]:443'],
  ['dns.example', 'dns.example:53'],
  ['resolv.conf', '192.0.2.1:53 [2001:db8::2]:53'],
])('%s is %s', (to, upstreams) => {
  using folder = temporaryFolder('resolv');
  writeFileSync(
    join(folder.path, 'resolv.conf'),
    '# here\nsearch example.org\nnameserver 192.0.2.1\nnameserver 2001:db8::2 \noptions ndots:5\n',
  );
  const at = { file: 'Corefile', line: 1 };
  const directive = { name: 'forward', args: ['.', to].map((text) => ({ text, at })), block: [], at };
  const options = readForwardOptions(directive, {
    folder: folder.path,
    warn: () => undefined,
    collect: (_at: unknown, read: () => unknown) => read(),
  } as never);
  expect(options.to.map((upstream) => formatUpstream(upstream)).join(' ')).toBe(upstreams);
});
