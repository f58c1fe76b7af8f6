import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { programRequirement, unmet } from '@seamark/testkit';
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
