import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { bindRequirement, nsdRequirement, programRequirement, startBind, startNsd, temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ListenerCounters } from '../../metrics/listener-counters.ts';
import { addressSet, responseWith } from '../../testing/pipeline.ts';
import { type Listener, startListener } from '../../transport/listener.ts';
import { emptyResponse } from '../../chain/response.ts';
import { Pipeline } from '../pipeline.ts';
import { ServerCookies } from './server-cookies.ts';

const run = promisify(execFile);
const cookieIn = (text: string): string | undefined => /COOKIE: ([0-9a-fA-F]+)/.exec(text)?.[1]?.toLowerCase();

describe.skipIf(unmet('dig and kdig', programRequirement('dig', 'bind9-dnsutils'), programRequirement('kdig', 'knot-dnsutils')))(
  'dig and kdig',
  () => {
    let listener: Listener;
    beforeAll(async () => {
      listener = await startListener({
        address: { host: '127.0.0.1', port: 0, family: 'IPv4' },
        answerer: new Pipeline({
          chain: (request) =>
            request.validCookie === true || request.client.transport === 'tcp'
              ? responseWith([{ ...addressSet('x', '192.0.2.1'), owner: request.name }], {
                  ednsOptions: [{ code: 3, data: Uint8Array.from(Buffer.from('one')) }],
                })
              : emptyResponse('test', 5),
          cookies: new ServerCookies({ policy: 'require' }),
          idleTimeoutMs: 9000,
        }),
        counters: { udp: new ListenerCounters('dns://:53', 'udp', '1'), tcp: new ListenerCounters('dns://:53', 'tcp', '1') },
      });
    });
    afterAll(() => listener.close());
    const ask = async (program: string, ...args: readonly string[]): Promise<string> =>
      (await run(program, ['@127.0.0.1', '-p', String(listener.udp.address.port), 'web.example.org', 'A', ...args])).stdout;

    it('dig takes BADCOOKIE, comes again with the cookie, and is answered', async () => {
      const text = await ask('dig', '+cookie', '+nsid');
      expect(text).toContain('status: NOERROR');
      expect(text).toMatch(/; COOKIE: [0-9a-f]{48} \(good\)/);
      expect(text).toContain('; NSID: 6f 6e 65 ("one")');
    });

    it('dig without a cookie of ours is told so', async () => {
      const text = await ask('dig', '+cookie=0102030405060708', '+nobadcookie');
      expect(text).toContain('status: BADCOOKIE');
      expect(cookieIn(text)).toMatch(/^0102030405060708[0-9a-f]{32}$/);
      expect(await ask('dig', `+cookie=${cookieIn(text) as string}`, '+nobadcookie')).toContain('status: NOERROR');
      expect(await ask('dig', '+cookie=01020304050607', '+nobadcookie')).toContain('status: FORMERR');
    });

    it('dig asks for a cookie alone', async () => {
      const text = await ask('dig', '+cookie=0102030405060708', '+header-only', '+nobadcookie');
      expect(text).toContain('status: NOERROR');
      expect(cookieIn(text)).toHaveLength(48);
    });

    it('kdig takes cookies, and over TCP the time that it may stay', async () => {
      expect(await ask('kdig', '+cookie')).toMatch(/status: NOERROR/);
      const text = await ask('kdig', '+tcp', '+cookie', '+nsid', '+keepopen', '+padding', '+edns', '+ednsopt=11');
      expect(text).toMatch(/status: NOERROR/);
      expect(text).toMatch(/NSID: 6F6E65 "one"|NSID: .*one/);
      expect(text).toMatch(/(KEEPALIVE|EDNS-TCP-KEEPALIVE|Option \(11\)|TCP-KEEPALIVE).*/i);
    });
  },
);

const shared = 'e5e973e5a6b2a43f48e7dc849e37bfcf';

describe.skipIf(unmet('other servers with our secret', programRequirement('dig', 'bind9-dnsutils'), bindRequirement(), nsdRequirement()))(
  'behind one address with servers of the same secret',
  () => {
    const address = Uint8Array.of(127, 0, 0, 1);
    const ours = new ServerCookies({ secrets: [Uint8Array.from(Buffer.from(shared, 'hex'))] });

    it.each([
      [
        'BIND',
        (zones: readonly Zone[]) => startBind({ zones, extraOptions: [`cookie-secret "${shared}";`, 'require-server-cookie yes;'] }),
      ],
      ['NSD', (zones: readonly Zone[]) => startNsd({ zones, extraOptions: ['answer-cookie: yes', `cookie-secret: "${shared}"`] })],
    ])('%s takes our cookies and we its', async (_name, start) => {
      using folder = temporaryFolder('cookies');
      const file = join(folder.path, 'zone');
      writeFileSync(file, '$ORIGIN example.org.\n@ 60 IN SOA ns1 h 1 2 3 4 5\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.1\n');
      await using server = await start([{ name: 'example.org', file }]);
      const made = Buffer.from(ours.create(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), address)).toString('hex');
      const args = ['@127.0.0.1', '-p', String(server.port), 'example.org', 'SOA', `+cookie=${made}`, '+nobadcookie'];
      const { stdout } = await run('dig', args);
      expect(stdout).toContain('status: NOERROR');
      expect(ours.check(Uint8Array.from(Buffer.from(cookieIn(stdout) ?? '', 'hex')), address)).toBe('valid');
    });
  },
);

interface Zone {
  readonly name: string;
  readonly file: string;
}
