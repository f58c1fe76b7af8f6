import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { eventually, freePort, temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, it } from 'vitest';

const folder = temporaryFolder('cli-corefile-log');
afterAll(() => folder[Symbol.dispose]());

const main = resolve(import.meta.dirname, 'main.ts');

interface Server extends AsyncDisposable {
  /** Asks for the name's address until it is answered; says whether it was within a second or so. */
  ask(name: string): Promise<boolean>;
  end(): Promise<number | null>;
}

/** A server of a Corefile, with its output in these files. */
async function start(corefile: string, output: readonly [string, string], ...args: readonly string[]): Promise<Server> {
  const port = await freePort();
  const file = join(folder.path, `Corefile-${port}`);
  writeFileSync(file, corefile);
  // Both ends, so that opening waits for nobody.
  const [out, err] = output.map((path) => openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND)) as [number, number];
  const child = spawn(
    process.execPath,
    ['--conditions=@seamark/source', main, 'authoritative-dns', '-conf', file, '-dns.port', String(port), ...args],
    { stdio: ['ignore', out, err] },
  );
  closeSync(out);
  closeSync(err);
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const socket = createSocket('udp4');
  let id = 0;
  const ask = (name: string): Promise<boolean> =>
    new Promise((done) => {
      id = (id + 1) % 0x10000;
      const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
      const query = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
      const finish = (answered: boolean): void => {
        clearTimeout(timer);
        socket.removeAllListeners('message');
        done(answered);
      };
      const timer = setTimeout(() => finish(false), 1500);
      socket.on('message', (octets) => {
        if (octets.readUInt16BE(0) === id) finish(true);
      });
      socket.send(query, port, '127.0.0.1');
    });
  await eventually(async () => expect(await ask('start.example')).toBe(true), { timeoutMs: 20_000 });
  const end = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return exited;
  };
  return {
    ask,
    end,
    async [Symbol.asyncDispose]() {
      socket.close();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('a log that nobody reads', () => {
  it.each(['auto', 'json'])('holds up neither answers nor the end of the process (--log-format=%s)', async (format) => {
    const stuck = join(folder.path, `stuck-${format}`);
    execFileSync('mkfifo', [stuck]);
    // Keeps the FIFO open, and never reads.
    const reader = openSync(stuck, constants.O_RDWR | constants.O_NONBLOCK);
    await using server = await start('. {\nbind 127.0.0.1\nwhoami\nlog\nerrors\n}\n', [stuck, stuck], `--log-format=${format}`);
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`;
    // A FIFO holds 64 KiB, which 400 lines of over 200 octets exceed.
    for (let asked = 0; asked < 400; asked++) expect(await server.ask(name), `question ${asked}`).toBe(true);
    expect(await server.end()).toBe(0);
    closeSync(reader);
  });
});

describe('lines of log and errors', () => {
  const corefile = (dead: number): string => `. {\nbind 127.0.0.1\nlog\nerrors\nforward dead.example 127.0.0.1:${dead}\nwhoami\n}\n`;
  const files = (name: string): [string, string] => [join(folder.path, `${name}.out`), join(folder.path, `${name}.err`)];

  it('are on standard output, letter by letter as CoreDNS has them; the rest of the log is not', async () => {
    const [out, err] = files('plain');
    await using server = await start(corefile(await freePort()), [out, err]);
    await server.ask('dead.example');
    await server.end();
    const lines = readFileSync(out, 'utf8').split('\n').slice(0, -1);
    expect(lines.filter((line) => line.includes('dead.example'))).toEqual([
      expect.stringMatching(/^\[INFO\] 127\.0\.0\.1:\d+ - \d+ "A IN dead\.example\. udp 30 false 512" SERVFAIL qr,rd 30 [0-9.e-]+s$/),
      expect.stringMatching(
        /^\[ERROR\] plugin\/errors: 2 dead\.example\. A: read udp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection refused$/,
      ),
    ]);
    expect(lines.filter((line) => !/^\[(INFO|ERROR)\] /.test(line))).toEqual([]);
    expect(readFileSync(err, 'utf8')).toMatch(/^\{.*"msg":"answering on /m);
    expect(readFileSync(err, 'utf8')).not.toContain('dead.example. ');
  });

  it('are structured like the rest with --log-format=json', async () => {
    const [out, err] = files('json');
    await using server = await start(corefile(await freePort()), [out, err], '--log-format=json');
    await server.ask('dead.example');
    await server.end();
    expect(readFileSync(out, 'utf8')).toBe('');
    const records = readFileSync(err, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records).toContainEqual(
      expect.objectContaining({ level: 'info', component: 'log', msg: expect.stringContaining('A IN dead.example.') }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ level: 'error', component: 'errors', msg: expect.stringContaining('refused') }),
    );
  });
});
