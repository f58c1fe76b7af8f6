import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, temporaryFolder, type TestProcess } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { askDns } from '../world/dns-question.ts';
import { startFolderWorld } from '../world/folder-world.ts';
import { expectLogged } from '../world/log-lines.ts';
import { pool, service } from '../world/objects.ts';
import { startSeamark } from '../world/seamark-process.ts';
import { expectAnswer } from '../world/world.ts';

const hostname = 'external-dns.kubernetes.io/hostname';
const running = /"msg":"running:/;

describe('a port in use', () => {
  it.each([
    { what: 'the UDP port of DNS', flag: '--dns-listen', hold: holdUdp },
    { what: 'the TCP port of DNS', flag: '--dns-listen', hold: holdTcp },
    { what: 'the port of metrics', flag: '--metrics-address', hold: holdTcp },
  ])('is said with its address, and spoils nothing: $what', async ({ flag, hold }) => {
    using folder = temporaryFolder('start');
    const manifests = join(folder.path, 'manifests');
    mkdirSync(manifests);
    writeFileSync(join(manifests, 'pool.yaml'), JSON.stringify(pool('lan', ['192.0.2.0/24'])));
    writeFileSync(
      join(manifests, 'web.yaml'),
      JSON.stringify(service('web/web', { [hostname]: 'web.example.org' }, { loadBalancerIP: '192.0.2.77' })),
    );
    const ports = { '--dns-listen': await freePort(), '--metrics-address': await freePort(), [flag]: 0 };
    const start = (): TestProcess =>
      startSeamark([
        'up',
        '--manifests',
        manifests,
        '--data-dir',
        join(folder.path, 'data'),
        ...Object.entries(ports).flatMap(([name, port]) => [name, `127.0.0.1:${port}`]),
      ]);
    {
      await using holder = await hold();
      ports[flag as keyof typeof ports] = holder.port;
      await using refused = start();
      expect(await refused.exited).toBe(1);
      expect(refused.output()).toContain('SM_LISTEN_FAILED');
      expect(refused.output()).toContain(`127.0.0.1:${holder.port}`);
      expect(refused.output()).not.toMatch(running);
    }
    await using started = start();
    await started.waitForOutput(running);
    await using world = { port: ports['--dns-listen'], [Symbol.asyncDispose]: async () => void (await started.end()) };
    await started.waitForOutput(/web\.example\.org A 192\.0\.2\.77 is published/);
    expect((await askDns(world.port, 'web.example.org')).data).toEqual(['192.0.2.77']);
  });

  it('held by another Seamark leaves that one as it is', async () => {
    await using world = await startFolderWorld(['--dns-zone', 'example.org']);
    await world.put(pool('lan', ['192.0.2.0/24']), service('web/web', { [hostname]: 'web.example.org' }));
    await expectAnswer(world, 'web.example.org', 'A', ['192.0.2.0']);
    using folder = temporaryFolder('second');
    await using second = startSeamark([
      'up',
      '--manifests',
      world.folder,
      '--data-dir',
      folder.path,
      '--dns-listen',
      `127.0.0.1:${world.dnsPort}`,
      '--metrics-address',
      'none',
    ]);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('SM_LISTEN_FAILED');
    expect(second.output()).toContain(`127.0.0.1:${world.dnsPort}`);
    await world.put(service('web/later', { [hostname]: 'later.example.org' }));
    await expectAnswer(world, 'later.example.org', 'A', ['192.0.2.1']);
    await expectAnswer(world, 'web.example.org', 'A', ['192.0.2.0']);
  });
});

describe('a second process on the same data folder', () => {
  it('is refused with the name of the first, which goes on and keeps everything', async () => {
    await using world = await startFolderWorld(['--dns-zone', 'example.org']);
    await world.put(pool('lan', ['192.0.2.0/24']), service('web/web', { [hostname]: 'web.example.org' }));
    await expectAnswer(world, 'web.example.org', 'A', ['192.0.2.0']);
    const arguments_ = [
      'up',
      '--manifests',
      world.folder,
      '--data-dir',
      world.dataFolder,
      '--dns-listen',
      `127.0.0.1:${await freePort()}`,
      '--metrics-address',
      'none',
    ];
    // Several at once: none of them may take another's refusal for the end of the first.
    const others = await Promise.all(
      [1, 2, 3].map(async () => {
        await using other = startSeamark(arguments_);
        return { code: await other.exited, output: other.output() };
      }),
    );
    for (const { code, output } of others) {
      expect(code, output).toBe(1);
      expect(output).toContain('SM_STORE_LOCKED');
      expect(output).toContain(world.dataFolder);
    }
    expect(others.some(({ output }) => output.includes(`process ${world.process().pid}`))).toBe(true);
    await world.put(service('web/later', { [hostname]: 'later.example.org' }));
    await expectAnswer(world, 'later.example.org', 'A', ['192.0.2.1']);
    await world.restart('SIGKILL');
    await expectLogged(world.process(), /answering on .*: 4 records, 0 keys not served/);
    await expectAnswer(world, 'web.example.org', 'A', ['192.0.2.0']);
    await expectAnswer(world, 'later.example.org', 'A', ['192.0.2.1']);
  });
});

describe('a folder of manifests that does not exist', () => {
  it('is named, and nothing is started', async () => {
    using folder = temporaryFolder('start');
    const missing = join(folder.path, 'no-such-folder');
    const dnsPort = await freePort();
    await using refused = startSeamark([
      'up',
      '--manifests',
      missing,
      '--data-dir',
      join(folder.path, 'data'),
      '--dns-listen',
      `127.0.0.1:${dnsPort}`,
      '--metrics-address',
      'none',
    ]);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('SM_MANIFESTS_NOT_FOUND');
    expect(refused.output()).toContain(missing);
    expect(refused.output()).not.toMatch(running);
    expect(existsSync(missing)).toBe(false);
  });
});

/** A port of 127.0.0.1 that somebody else has. */
interface HeldPort extends AsyncDisposable {
  readonly port: number;
}

async function holdUdp(): Promise<HeldPort> {
  const socket = createSocket('udp4');
  socket.bind(await freePort(), '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

async function holdTcp(): Promise<HeldPort> {
  const server = createServer();
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
