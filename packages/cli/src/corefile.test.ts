import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { eventually, freePort, startProcess, temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, it } from 'vitest';

const folder = temporaryFolder('cli-corefile');
afterAll(() => folder[Symbol.dispose]());

const main = resolve(import.meta.dirname, 'main.ts');
const zoneFile = '@ 300 SOA ns1 host 7 3600 600 86400 5\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n*.apps 60 A 192.0.2.2\n';

function put(name: string, text: string): string {
  const path = join(folder.path, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function start(...args: readonly string[]) {
  return startProcess(process.execPath, ['--conditions=@seamark/source', main, 'authoritative-dns', ...args], {
    env: { ETCD_URLS: undefined },
  });
}

async function run(...args: readonly string[]): Promise<{ code: number | string; text: string }> {
  const started = start(...args);
  return { code: await started.exited, text: started.output() };
}

describe('seamark authoritative-dns with a Corefile', () => {
  it('takes the one in the working folder where nothing else says what to serve, and says how to name one where there is none', async () => {
    const port = await freePort();
    put('here/Corefile', `.:${port} {\n bind 127.0.0.1\n whoami\n}\n`);
    const here = (...args: readonly string[]) =>
      startProcess(process.execPath, ['--conditions=@seamark/source', main, 'authoritative-dns', ...args], {
        env: { ETCD_URLS: undefined, SEAMARK_CONFIG: undefined },
        cwd: join(folder.path, 'here'),
      });
    const server = here();
    await eventually(() => expect(server.output()).toContain('running Corefile'));
    await server.end();
    const settings = put('here/settings.yaml', '{}\n');
    const configured = here('--config', settings);
    expect(await configured.exited).toBe(2);
    expect(configured.output()).toMatch(/authoritative-dns needs an etcd.*\n.*a Corefile by -conf/);
  });

  it('-validate says every mistake with its line and exits with 1', async () => {
    const file = put('bad/Corefile', '. {\n whoamy\n kubernetes cluster.local\n log {\n  class denail\n }\n}\nquic://. {\n}\n');
    const { code, text } = await run('-conf', file, '-validate');
    expect(code).toBe(1);
    expect(text).toMatch(/Corefile:2: there is no directive "whoamy"; did you mean whoami\?/);
    expect(text).toMatch(/Corefile:3: kubernetes is a directive of CoreDNS that Seamark does not have: /);
    expect(text).toMatch(/Corefile:5: "denail" is not a class of answers; .*did you mean denial\?/);
    expect(text).toMatch(/Corefile:8: quic:\/\/ is not served/);
  });

  it('-validate says every mistake of every line in one go, by line, also of imported and zone files, and none that only follows', async () => {
    put('all/db.example', '@ 300 SOA ns1 host 7 3600 600 86400 5\nwww 300 A nonsense\n');
    put('all/part', 'cache {\n success many\n prefetch soon\n}\n');
    const lines = [
      'example.org {', //                     1
      ' file db.example', //                  2
      ' log {',
      '  class denail', //                    4
      '  class sucess', //                    5
      ' }',
      ' log ..', //                           7
      ' import part', //                      8
      ' import missing', //                   9
      ' whoamy', //                           10
      '}',
      '{$UNSET_ZONE}:53 {', //                12
      ' reload 1s', //                        13
      ' health :notaport {', //               14
      '  lameduck soon', //                   15
      ' }',
      ' tls cert.pem key.pem', //             17
      ' errors }', //                         18
      'example.org {', //                     19
      ' ready :8181', //                      20
      ' prometheus 127.0.0.1:8181', //        21
      '}',
    ];
    const file = put('all/Corefile', lines.join('\n'));
    const { code, text } = await run('-conf', file, '-validate');
    expect(code).toBe(1);
    const told = [...text.matchAll(/^error: \S*\/(\w+):(\d+): /gm)].map(([, name, line]) => `${name}:${line}`);
    const own = [2, 4, 5, 7, 9, 10, 12, 13, 14, 15, 17, 18, 19, 21].map((line) => `Corefile:${line}`);
    expect(told).toEqual([...own, 'part:2', 'part:3']);
    expect(text).toMatch(/Corefile:2: .*db\.example:2: /);
  });

  it.each([
    ['', 1, /Corefile:1: there is no server block/],
    ['\0\0', 2, /cannot be read: it is no text: octet 0 is zero/],
    ['#'.repeat(17 * 1024 * 1024), 2, /cannot be read: it has 17825792 octets, and a Corefile has at most 16777216/],
  ])('says in one sentence why a file is no Corefile (%#)', async (content, exitCode, why) => {
    const { code, text } = await run('-conf', put('none/Corefile', content), '-validate');
    expect(code).toBe(exitCode);
    expect(text).toMatch(why);
    expect(text.match(/error: /g)).toHaveLength(1);
  });

  it('says in one sentence that there is no such file, or that it is a folder', async () => {
    expect((await run('-conf', join(folder.path, 'nowhere'))).text).toMatch(/nowhere cannot be read: there is no such file\n/);
    expect((await run('-conf', folder.path, '-validate')).text).toMatch(/cannot be read: it is a folder, not a file\n/);
  });

  it('-validate says so when there is none', async () => {
    const file = put('good/Corefile', '. {\n whoami\n}\n');
    expect(await run(`-conf=${file}`, '-validate')).toEqual({ code: 0, text: `${file} is valid\n` });
  });

  it('-dump prints a zone as a zone file', async () => {
    put('zones/example.db', zoneFile);
    const file = put('zones/Corefile', 'example.org {\n file example.db\n}\n');
    const { code, text } = await run('-conf', file, '-dump', 'example.org');
    expect(code).toBe(0);
    expect(text.split('\n')).toEqual([
      '$ORIGIN example.org.',
      'example.org.\t300\tIN\tSOA\tns1.example.org. host.example.org. 7 3600 600 86400 5',
      'example.org.\t300\tIN\tNS\tns1.example.org.',
      '*.apps.example.org.\t60\tIN\tA\t192.0.2.2',
      'ns1.example.org.\t300\tIN\tA\t192.0.2.1',
      '',
    ]);
  });

  it('reads the Corefile anew at SIGUSR1, goes on at SIGHUP, and ends well at SIGTERM', async () => {
    const [port, httpPort] = [await freePort(), await freePort()];
    const file = put('run/Corefile', `. {\n bind 127.0.0.1\n whoami\n health 127.0.0.1:${httpPort}\n}\n`);
    const server = start('-conf', file, '-dns.port', String(port));
    await eventually(() => expect(server.output()).toContain('running'));
    expect(await (await fetch(`http://127.0.0.1:${httpPort}/health`)).text()).toBe('OK');
    put('run/Corefile', '. {\n whoamy\n}\n');
    process.kill(server.pid, 'SIGUSR1');
    await eventually(() => expect(server.output()).toMatch(/the changed Corefile is not used.*Corefile:2: there is no directive/));
    put('run/Corefile', `. {\n bind 127.0.0.1\n chaos\n health 127.0.0.1:${httpPort}\n}\n`);
    process.kill(server.pid, 'SIGUSR1');
    await eventually(() => expect(server.output()).toContain('the changed Corefile is in use'));
    process.kill(server.pid, 'SIGHUP');
    await eventually(() => expect(server.output()).toContain('SIGHUP is ignored'));
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(0);
  });

  it('goes on answering as long as --dns-lame-duck says, and ends at once when told again', async () => {
    const port = await freePort();
    const file = put('leaving/Corefile', '. {\n bind 127.0.0.1\n whoami\n}\n');
    const server = start('-conf', file, '-dns.port', String(port), '--dns-lame-duck=3600');
    await eventually(() => expect(server.output()).toContain('running'));
    process.kill(server.pid, 'SIGTERM');
    await eventually(() => expect(server.output()).toContain('going on for 3600 s'));
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(130);
  });

  it('ends with the reason when it forwards to itself', async () => {
    const port = await freePort();
    const file = put('loop/Corefile', `. {\n bind 127.0.0.1\n loop\n forward . 127.0.0.1:${port}\n}\n`);
    const { code, text } = await run('-conf', file, '-dns.port', String(port));
    expect(code).toBe(1);
    expect(text).toMatch(/forward.*(loop|itself)/i);
  });
});
