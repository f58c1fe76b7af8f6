import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { loadAddon } from '@seamark/netio';
import { eventually } from '@seamark/testkit';
import { afterEach, describe, expect, it } from 'vitest';

import { ServerCookies } from '../../respond/cookies/server-cookies.ts';
import { startCorefileServer, type TestCorefileServer } from '../../testing/corefile-server.ts';
import { edns, queryFor } from '../../testing/pipeline.ts';
import type { EngineName } from '../../transport/choose-engine.ts';
import { decodeMessage } from '../../wire/message-decoder.ts';
import { loadCorefile } from '../../server/load-corefile.ts';

const one = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const other = '445536bcd2513298075a5d379663c962';
const loopback = Uint8Array.of(127, 0, 0, 1);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const ownCookie = hex('0102030405060708');
const zone = '@ 60 SOA ns1 hostmaster 1 14400 3600 1209600 60\n@ 60 NS ns1\nns1 60 A 192.0.2.53\nwww 60 A 192.0.2.1\n';
const corefile = (cookies: string): string => `example.org:0 {
    bind 127.0.0.1
    ${cookies}
    file example.db
}
`;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

async function start(cookies: string, engine: EngineName, files: Readonly<Record<string, string>> = {}): Promise<TestCorefileServer> {
  const server = await startCorefileServer(corefile(cookies), { 'example.db': zone, ...files }, { engine });
  open.push(server);
  return server;
}

/** The response code and the cookie of the answer to a query with this cookie. */
async function ask({ server }: TestCorefileServer, cookie: Uint8Array): Promise<{ readonly code: number; readonly cookie: Uint8Array }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  try {
    await once(socket, 'listening');
    socket.send(queryFor('www.example.org A', edns([{ code: 10, data: cookie }])), server.addresses().udp[0]?.port ?? 0, '127.0.0.1');
    const [reply] = (await once(socket, 'message')) as [Buffer];
    const { responseCode, edns: answered } = decodeMessage(Uint8Array.from(reply));
    return { code: responseCode, cookie: answered?.options.find(({ code }) => code === 10)?.data ?? new Uint8Array(0) };
  } finally {
    socket.close();
  }
}

/** How a server with these secrets takes a cookie. */
const standing = (cookie: Uint8Array, ...secrets: readonly string[]): string =>
  new ServerCookies({ secrets: secrets.map(hex) }).check(cookie, loopback);

const engines: readonly EngineName[] = loadAddon().ok ? ['netio', 'dgram'] : ['dgram'];

describe.each(engines)('cookies with the engine %s', (engine) => {
  it('makes them with the first secret and takes those of both', async () => {
    const server = await start(`cookies {\nsecret ${one} ${other}\nrequire\n}`, engine);
    const { code, cookie } = await ask(server, ownCookie);
    expect([code, standing(cookie, one)]).toEqual([23, 'valid']);
    expect(await ask(server, cookie)).toEqual({ code: 0, cookie });
    const made = new ServerCookies({ secrets: [hex(other)] }).create(ownCookie, loopback);
    const answered = await ask(server, made);
    expect([answered.code, standing(answered.cookie, one)]).toEqual([0, 'valid']);
    expect((await ask(server, new ServerCookies().create(ownCookie, loopback))).code).toBe(23);
  });

  it('takes secrets of a changed file, keeps them for a file with a mistake, and shows none in the log', async () => {
    const server = await start('cookies {\nsecret_file secrets\nreload 20ms\n}', engine, { secrets: `# ours\n${one}\n` });
    expect(standing((await ask(server, ownCookie)).cookie, one)).toBe('valid');
    await server.write('secrets', `${one.slice(1)}\n`);
    await eventually(() => expect(server.log.filter((line) => line.includes('cookies keeps the secrets'))).toHaveLength(1));
    expect(standing((await ask(server, ownCookie)).cookie, one)).toBe('valid');
    await server.write('secrets', `${other}\n${one}\n`);
    await eventually(async () => expect(standing((await ask(server, ownCookie)).cookie, other)).toBe('valid'));
    expect(server.log.join('')).not.toContain(one.slice(1));
    expect(server.log.join('')).not.toContain(other);
  });

  it('changes with the Corefile, and goes back to a secret of its own without the directive', async () => {
    const server = await start(`cookies {\nsecret ${one}\n}`, engine);
    await server.write('Corefile', corefile(`cookies {\nsecret ${other}\nrequire\n}`));
    expect(await server.server.reload()).toBe(true);
    const { code, cookie } = await ask(server, ownCookie);
    expect([code, standing(cookie, other)]).toEqual([23, 'valid']);
    await server.write('Corefile', corefile(''));
    expect(await server.server.reload()).toBe(true);
    const own = await ask(server, ownCookie);
    expect([own.code, standing(own.cookie, one, other)]).toEqual([0, 'bad']);
  });
});

it.each([
  ['cookies', 'cookies needs at least one of secret, secret_file, reload, require in its braces'],
  ['cookies {\nsecret 1234\n}', 'the secret of cookies is not 32 hexadecimal digits'],
  [`cookies {\nsecret ${one} ${one} ${one}\n}`, 'secret HEX [HEX]'],
  [`cookies {\nsecret ${one}\nsecret ${other}\n}`, 'cookies takes its secrets from one line'],
  ['cookies {\nsecret_file absent\n}', 'cookies needs the file /nowhere/absent, which cannot be read'],
  ['cookies {\nrequired\n}', '"required" is not an option of cookies; it has secret, secret_file, reload, require; did you mean require?'],
])('%j is a mistake', (lines, message) => {
  const result = loadCorefile(`.:0 {\n${lines}\nwhoami\n}\n`, { file: '/nowhere/Corefile' });
  expect(result.ok ? [] : result.problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
});
