import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type EtcdServer,
  etcdRequirement,
  eventually,
  freePort,
  programRequirement,
  startEtcd,
  startTcpProxy,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { compactNow, deleteKey, putKey } from '../../world/etcd-gateway.ts';
import { answers, type DnsProcess, startDns } from './server/dns-process.ts';
import { startEtcdMembers } from './server/etcd-members.ts';
import { seen, startLoad, type SteadyQuestion } from './server/steady-load.ts';
import { query } from './server/udp-asker.ts';

const skipped = unmet('bad days of etcd under a server process', etcdRequirement(), programRequirement('etcdctl', 'etcd-client'));

const steady: Readonly<Record<string, unknown>> = {
  web: { host: '192.0.2.80' },
  'dual/1': { host: '192.0.2.81', targetstrip: 1 },
  'dual/2': { host: '192.0.2.82', targetstrip: 1 },
  alias: { host: 'web.example.org' },
  note: { text: 'still here' },
};
const questions: readonly SteadyQuestion[] = [
  { name: 'web.example.org', type: 'A', data: ['192.0.2.80'] },
  { name: 'dual.example.org', type: 'A', data: ['192.0.2.81', '192.0.2.82'] },
  { name: 'alias.example.org', type: 'CNAME', data: ['web.example.org'] },
  { name: 'alias.example.org', type: 'A', data: ['192.0.2.80'] },
  { name: 'note.example.org', type: 'TXT', data: ['still here'] },
  { name: 'web.example.org', type: 'MX', data: [] },
];

const put = (endpoint: string, name: string, value: unknown): Promise<void> =>
  putKey(endpoint, `/skydns/org/example/${name}`, JSON.stringify(value));
const drop = (endpoint: string, name: string): Promise<void> => deleteKey(endpoint, `/skydns/org/example/${name}`);

async function putSteady(endpoint: string): Promise<void> {
  for (const [name, value] of Object.entries(steady)) await put(endpoint, name, value);
}

function startServer(
  endpoints: readonly string[],
  lines: readonly string[] = [],
  options: Partial<Parameters<typeof startDns>[0]> = {},
): Promise<DnsProcess> {
  return startDns({
    corefile: (port) => `example.org:${port} {
    bind 127.0.0.1
    errors
    etcd {
        endpoint ${endpoints.join(' ')}
        ${lines.join('\n        ')}
    }
}
`,
    ...options,
  });
}

async function expectAnswer({ asker }: DnsProcess, name: string, expected: string): Promise<void> {
  await eventually(
    async () => {
      const reply = await asker.exchange(query(`${name}.example.org`, 'A'));
      expect(reply === undefined ? 'no answer' : seen(reply, 'A')).toBe(expected);
    },
    { timeoutMs: 60_000 },
  );
}

/** A key that comes, one that changes and one that goes are answered as they are. */
async function expectChangesArrive(dns: DnsProcess, endpoint: string, tag: string): Promise<void> {
  const name = `after-${tag}`;
  await put(endpoint, name, { host: '192.0.2.100' });
  await expectAnswer(dns, name, 'NOERROR 192.0.2.100');
  await put(endpoint, name, { host: '192.0.2.101' });
  await expectAnswer(dns, name, 'NOERROR 192.0.2.101');
  await drop(endpoint, name);
  await expectAnswer(dns, name, 'NXDOMAIN');
}

const isAway = /the store is away|etcd.* is away|cannot be reached|ECONNREFUSED|ECONNRESET|does not answer/;

async function underLoad(dns: DnsProcess, day: () => Promise<void>): Promise<void> {
  for (const { name } of questions) await answers(dns, name, 'TXT');
  const load = startLoad(dns.asker, questions);
  try {
    await day();
  } finally {
    const { asked, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(questions.length);
  }
  expect(dns.asker.strays).toBe(0);
  expect(dns.process.child.exitCode).toBeNull();
}

describe.skipIf(skipped)('no question of a steady load fails, and the content is right afterwards, when etcd', { timeout: 180_000 }, () => {
  it('is killed and started again', async () => {
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    await put(etcd.endpoint, 'gone', { host: '192.0.2.1' });
    await using dns = await startServer([etcd.endpoint]);
    await underLoad(dns, async () => {
      for (const round of [1, 2, 3]) {
        await etcd.kill();
        await dns.process.waitForOutput(isAway);
        await etcd.restart();
        await expectChangesArrive(dns, etcd.endpoint, String(round));
      }
      await drop(etcd.endpoint, 'gone');
      await expectAnswer(dns, 'gone', 'NXDOMAIN');
    });
  });

  it('is frozen for longer than any patience, and goes on', async () => {
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    await using dns = await startServer([etcd.endpoint]);
    await underLoad(dns, async () => {
      process.kill(etcd.pid, 'SIGSTOP');
      try {
        await dns.process.waitForOutput(isAway, 90_000);
      } finally {
        process.kill(etcd.pid, 'SIGCONT');
      }
      await expectChangesArrive(dns, etcd.endpoint, 'frozen');
    });
  });

  it.each([
    { how: 'refused', away: 'refuse', back: 'accept' },
    { how: 'silent', away: 'hold', back: 'release' },
  ] as const)('was compacted while it was $how', async ({ away, back }) => {
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    await put(etcd.endpoint, 'gone', { host: '192.0.2.1' });
    await put(etcd.endpoint, 'edited', { host: '192.0.2.1' });
    await using proxy = await startTcpProxy(etcd.port);
    await using dns = await startServer([`http://127.0.0.1:${proxy.port}`]);
    await underLoad(dns, async () => {
      proxy[away]();
      await drop(etcd.endpoint, 'gone');
      await put(etcd.endpoint, 'edited', { host: '192.0.2.2' });
      await put(etcd.endpoint, 'made', { host: '192.0.2.3' });
      await compactNow(etcd.endpoint);
      await dns.process.waitForOutput(isAway, 90_000);
      proxy[back]();
      await expectAnswer(dns, 'made', 'NOERROR 192.0.2.3');
      await expectAnswer(dns, 'edited', 'NOERROR 192.0.2.2');
      await expectAnswer(dns, 'gone', 'NXDOMAIN');
      await expectChangesArrive(dns, etcd.endpoint, 'compacted');
    });
  });

  it('is restored from an older backup', async () => {
    using folder = temporaryFolder('backup');
    const etcdctl = (...args: readonly string[]): void => {
      execFileSync('etcdctl', args, { env: { ...process.env, ETCDCTL_API: '3' }, stdio: 'pipe' });
    };
    const backup = join(folder.path, 'backup.db');
    const restored = join(folder.path, 'restored');
    const port = await freePort();
    let etcd: EtcdServer = await startEtcd({ port });
    try {
      const { endpoint } = etcd;
      await putSteady(endpoint);
      await put(endpoint, 'then', { host: '192.0.2.1' });
      etcdctl(`--endpoints=${endpoint}`, 'snapshot', 'save', backup);
      await using dns = await startServer([endpoint]);
      await underLoad(dns, async () => {
        // Keys at higher revisions than the restored one will reach for a while.
        for (let count = 0; count < 20; count++) await put(endpoint, `later${count}`, { host: '192.0.2.9' });
        await drop(endpoint, 'then');
        await expectAnswer(dns, 'later19', 'NOERROR 192.0.2.9');
        await expectAnswer(dns, 'then', 'NXDOMAIN');
        await etcd[Symbol.asyncDispose]();
        await dns.process.waitForOutput(isAway);
        etcdctl('snapshot', 'restore', backup, '--data-dir', restored, '--name=default');
        etcd = await startEtcd({ port, dataFolder: restored, extraArgs: ['--force-new-cluster'] });
        await expectAnswer(dns, 'then', 'NOERROR 192.0.2.1');
        await expectAnswer(dns, 'later19', 'NXDOMAIN');
        await expectChangesArrive(dns, endpoint, 'restored');
      });
    } finally {
      await etcd[Symbol.asyncDispose]();
    }
  });

  it('forgets the token that it had given, and asks for a new one', async () => {
    await using etcd = await startEtcd();
    const { endpoint } = etcd;
    await putSteady(endpoint);
    const admin = (...args: readonly string[]): void => {
      execFileSync('etcdctl', [`--endpoints=${endpoint}`, ...args], { env: { ...process.env, ETCDCTL_API: '3' }, stdio: 'pipe' });
    };
    admin('user', 'add', 'root:secret');
    admin('user', 'grant-role', 'root', 'root');
    admin('user', 'add', 'dns:other');
    admin('role', 'add', 'reader');
    admin('role', 'grant-permission', 'reader', '--prefix=true', 'read', '/skydns/');
    admin('user', 'grant-role', 'dns', 'reader');
    admin('auth', 'enable');
    const write = (name: string, value: unknown): void =>
      admin('--user=root:secret', 'put', `/skydns/org/example/${name}`, JSON.stringify(value));
    await using dns = await startServer([endpoint], ['credentials dns other']);
    await underLoad(dns, async () => {
      // Tokens live in memory only, so that a start ends all of them at once.
      for (const round of [1, 2]) {
        await etcd.restart();
        write(`round${round}`, { host: `192.0.2.${round}` });
        await expectAnswer(dns, `round${round}`, `NOERROR 192.0.2.${round}`);
      }
      // And any change of users ends those that were given before.
      admin('--user=root:secret', 'user', 'add', 'third:one');
      write('round3', { host: '192.0.2.3' });
      await expectAnswer(dns, 'round3', 'NOERROR 192.0.2.3');
    });
  });

  it('has three members, of which each is dead once', async () => {
    await using etcd = await startEtcdMembers(3);
    const [first = ''] = etcd.endpoints;
    await putSteady(first);
    await using dns = await startServer(etcd.endpoints);
    await underLoad(dns, async () => {
      for (const [index, member] of etcd.members.entries()) {
        await member.kill();
        const other = etcd.endpoints[(index + 1) % 3] as string;
        await eventually(() => put(other, `without${index}`, { host: `192.0.2.${index + 1}` }), { timeoutMs: 30_000 });
        await expectAnswer(dns, `without${index}`, `NOERROR 192.0.2.${index + 1}`);
        await member.start();
      }
      await expectChangesArrive(dns, first, 'members');
    });
  });
});

describe.skipIf(skipped)('a snapshot', { timeout: 120_000 }, () => {
  it('lets the server start while etcd is away, and etcd has the last word when it is back', async () => {
    using folder = temporaryFolder('snapshot');
    const lines = ['snapshot zone.snapshot 1s'];
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    await put(etcd.endpoint, 'gone', { host: '192.0.2.1' });
    {
      await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
      await expectAnswer(dns, 'gone', 'NOERROR 192.0.2.1');
      expect(await dns.process.end()).toBe(0);
    }
    await drop(etcd.endpoint, 'gone');
    await etcd.kill();
    {
      await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
      await underLoad(dns, async () => {
        await expectAnswer(dns, 'gone', 'NOERROR 192.0.2.1');
        await etcd.restart();
        await expectAnswer(dns, 'gone', 'NXDOMAIN');
        await expectChangesArrive(dns, etcd.endpoint, 'snapshot');
      });
    }
  });

  it('is there after SIGKILL, whole, at whatever moment that came', async () => {
    using folder = temporaryFolder('snapshot');
    const lines = ['snapshot zone.snapshot 1s'];
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    for (const round of [1, 2, 3]) {
      await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
      for (const { name } of questions) await answers(dns, name, 'TXT');
      const done = new AbortController();
      const writer = (async () => {
        for (let count = 0; !done.signal.aborted; count++) await put(etcd.endpoint, `n${count % 50}`, { host: `192.0.2.${count % 250}` });
      })();
      await eventually(() => expect(readFileSync(join(folder.path, 'zone.snapshot')).length).toBeGreaterThan(0));
      await new Promise((resolve) => setTimeout(resolve, 1_000 + 137 * round));
      await dns.process.end('SIGKILL');
      done.abort();
      await writer;
    }
    await etcd.kill();
    await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
    for (const { name, type, data } of questions)
      expect(seen((await dns.asker.exchange(query(name, type))) as Buffer, type)).toBe(['NOERROR', ...data].join(' '));
  });

  it.each([
    [
      'one octet of it is another',
      /checksum|damaged/,
      (whole: Buffer) => whole.with(whole.length >> 1, (whole[whole.length >> 1] as number) ^ 1),
    ],
    ['its end is missing', /cut short/, (whole: Buffer) => whole.subarray(0, -7)],
    ['it is empty', /is no snapshot/, () => Buffer.alloc(0)],
    ['it is something else', /is no snapshot/, () => Buffer.from('{"records":[]}')],
  ])('is refused as a whole, with the reason, when %s', async (_what, reason, damage) => {
    using folder = temporaryFolder('snapshot');
    const lines = ['snapshot zone.snapshot 1s'];
    const file = join(folder.path, 'zone.snapshot');
    await using etcd = await startEtcd();
    await putSteady(etcd.endpoint);
    {
      await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
      await expectAnswer(dns, 'web', 'NOERROR 192.0.2.80');
      expect(await dns.process.end()).toBe(0);
    }
    const whole = readFileSync(file);
    rmSync(file);
    writeFileSync(file, damage(whole));
    await etcd.kill();
    await using dns = await startServer([etcd.endpoint], lines, { folder: folder.path });
    const [said] = await dns.process.waitForOutput(/SM_SNAPSHOT_UNUSABLE.*/);
    expect(said).toMatch(reason);
    await expectAnswer(dns, 'web', 'SERVFAIL');
    await etcd.restart();
    await expectAnswer(dns, 'web', 'NOERROR 192.0.2.80');
  });
});
