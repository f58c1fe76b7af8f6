import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, freePort, programRequirement, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { testCertificates } from '../testing/certificates.ts';
import { startCorefileServer } from '../testing/corefile-server.ts';
import { StreamClient } from '../testing/stream-client.ts';
import { createQuery, type DnsMessage } from '../wire/message.ts';
import { encodeMessage } from '../wire/message-encoder.ts';
import { formatRecord } from '../wire/record-text.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';

const zone = (address: string, serial = 1): string =>
  `@ 300 SOA ns1 host ${serial} 3600 600 86400 5\n@ 300 NS ns1\nns1 300 A 192.0.2.1\nwww 300 A ${address}\n`;

const local = (lines: string): string => `bind 127.0.0.1\n${lines}`;

const recordsOf = ({ answers }: DnsMessage): string[] => answers.map((record) => formatRecord(record));

function codeOf(message: DnsMessage): string {
  return responseCodeName(message.responseCode);
}

describe('a server of a Corefile', () => {
  it('blocks of one port share a listener, the longest zone answers, and outside of them it is REFUSED', async () => {
    const corefile = `
      example.org:0 {
        ${local('file org.db')}
      }
      deep.example.org:0 {
        ${local('file deep.db')}
      }
      empty.example:0 {
        ${local('')}
      }`;
    await using test = await startCorefileServer(corefile, { 'org.db': zone('192.0.2.10'), 'deep.db': zone('192.0.2.20') });
    expect(test.server.addresses().udp).toHaveLength(1);
    expect(recordsOf(await test.client.ask('www.example.org A'))).toEqual([expect.stringContaining('192.0.2.10')]);
    expect(recordsOf(await test.client.ask('www.deep.example.org A'))).toEqual([expect.stringContaining('192.0.2.20')]);
    expect(codeOf(await test.client.ask('www.empty.example A'))).toBe('REFUSED');
    expect(codeOf(await test.client.ask('www.example.net A'))).toBe('REFUSED');
    // A DS belongs to the zone above.
    expect((await test.client.ask('deep.example.org DS')).authorities.map(({ name }) => name)).toEqual(['example.org']);
  });

  it('a changed Corefile is taken into use without losing a question', async () => {
    const corefile = (file: string): string => `example.org:0 {\n${local(`file ${file}\nreload 2s`)}\n}`;
    await using test = await startCorefileServer(corefile('one.db'), { 'one.db': zone('192.0.2.1'), 'two.db': zone('192.0.2.2') });
    const seen = new Set<string>();
    let asked = 0;
    const done = new AbortController();
    const asking = (async () => {
      while (!done.signal.aborted) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => test.client.ask('www.example.org A')));
        asked += answers.length;
        for (const answer of answers) seen.add(recordsOf(answer).join());
      }
    })();
    for (const file of ['two.db', 'one.db', 'two.db']) {
      await test.write('Corefile', corefile(file));
      expect(await test.server.reload()).toBe(true);
    }
    done.abort();
    await asking;
    expect(test.client.unanswered).toBe(0);
    expect(asked).toBeGreaterThan(0);
    expect([...seen].toSorted()).toEqual([expect.stringContaining('192.0.2.1'), expect.stringContaining('192.0.2.2')]);
  });

  it('every mistake is logged, at a reload that changes nothing and at a start', async () => {
    const wrong = '.:0 {\nbind 127.0.0.1\nreload soon\nbufsize 1\nwhoamy\n}';
    await using test = await startCorefileServer('.:0 {\nbind 127.0.0.1\nwhoami\n}');
    await test.write('Corefile', wrong);
    expect(await test.server.reload()).toBe(false);
    const told = test.log.flatMap((line) => /Corefile:(\d): (?!.*Corefile:)/.exec(line)?.[1] ?? []);
    expect(told.slice(0, 3)).toEqual(['3', '4', '5']);
    expect(test.log.at(-1)).toMatch(/the one before goes on: .*Corefile has 3 mistakes, all of them logged; the first is .*Corefile:3/);
    await expect(startCorefileServer(wrong)).rejects.toThrow(/has 3 mistakes, all of them logged/);
  });

  it('what several directives cannot start with is told of each', async () => {
    const broken = '@ 300 SOA ns host 1 2 3 4 5\nwww 300 A nonsense\n';
    const start = startCorefileServer('a.test:0 {\nbind 127.0.0.1\nfile a.db\n}\nb.test:0 {\nbind 127.0.0.1\nfile b.db\n}', {
      'a.db': broken,
      'b.db': broken,
    });
    await expect(start).rejects.toMatchObject({
      message: expect.stringMatching(/has 2 mistakes, all of them logged; the first is .*a\.db:2/),
      cause: { errors: [expect.anything(), expect.objectContaining({ message: expect.stringMatching(/b\.db:2/) })] },
    });
  });

  it('a Corefile that cannot be used changes nothing, says why, and is counted', async () => {
    const port = await freePort();
    const good = `. {\n${local('whoami')}\nprometheus 127.0.0.1:${port}\nhealth 127.0.0.1:${port}\n}`.replace('. {', '.:0 {');
    await using test = await startCorefileServer(good);
    await test.write('Corefile', good.replace('whoami', 'whoamy'));
    expect(await test.server.reload()).toBe(false);
    // Set up without a mistake, and it cannot be started: the endpoints of the old version stay as they are.
    await test.write('Corefile', good.replace(`health 127.0.0.1:${port}`, 'health 192.0.2.1:1'));
    expect(await test.server.reload()).toBe(false);
    expect(codeOf(await test.client.ask('example.org A'))).toBe('NOERROR');
    expect(test.log.join('')).toMatch(/Corefile:3: there is no directive "whoamy"; did you mean whoami\?/);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('coredns_reload_failed_total 2');
    expect(metrics).toMatch(/coredns_reload_version_info\{hash="sha512",value="[0-9a-f]{128}"\} 1/);
    expect(metrics).toContain('coredns_plugin_enabled{server="dns://127.0.0.1:0",zone=".",view="",name="whoami"} 1');
    expect(metrics).toContain('coredns_dns_responses_total{server="dns://127.0.0.1:0",zone=".",view="",rcode="NOERROR",plugin="whoami"} 1');
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe('OK');
  });

  it('the directive reload notices a change of an imported file by itself', async () => {
    await using test = await startCorefileServer(`.:0 {\n${local('import inner')}\nreload 2s 1s\n}`, { inner: 'whoami' });
    expect(codeOf(await test.client.ask('version.bind TXT'))).toBe('REFUSED');
    await test.write('inner', 'chaos Test-1');
    const answer = await eventually(async () => {
      const message = await test.client.ask('version.bind TXT');
      expect(codeOf(message)).toBe('NOERROR');
      return message;
    });
    expect(recordsOf(answer).join()).toContain('Test-1');
  });

  it('while a version starts, ready tells of the one that serves', async () => {
    const port = await freePort();
    const corefile = (file: string): string => `example.org:0 {\n${local(`file ${file}`)}\nready 127.0.0.1:${port}\n}`;
    await using test = await startCorefileServer(corefile('one.db'), { 'one.db': zone('192.0.2.1') }, { readyTimeoutMs: 200 });
    await test.write('Corefile', corefile('missing.db'));
    const reloading = test.server.reload();
    const over = new AbortController();
    void reloading.then(() => over.abort());
    const statuses = new Set<number>();
    while (!over.signal.aborted) statuses.add((await fetch(`http://127.0.0.1:${port}/ready`)).status);
    expect([...statuses]).toEqual([200]);
    expect(await reloading).toBe(false);
    expect(test.log.join('')).toMatch(/it does not become ready: file: zone file .*missing\.db is not read yet/);
  });

  it('a newer Corefile ends the wait for one that does not become ready, and what is waited for is said', async () => {
    const corefile = (file: string, text: string): string => `example.org:0 {\n${local(`file ${file}`)}\nchaos ${text}\n}`;
    await using test = await startCorefileServer(corefile('one.db', 'one'), { 'one.db': zone('192.0.2.1'), 'two.db': zone('192.0.2.2') });
    await test.write('Corefile', corefile('missing.db', 'one'));
    const first = test.server.reload();
    await eventually(() => expect(test.log.join('')).toMatch(/is not used before it is ready.*; it waits for file: .*missing\.db/));
    expect(test.log.join('')).toMatch(/there is no such file; the changed Corefile is not used until it can/);
    expect(test.log.join('')).not.toContain('SERVFAIL');
    await test.write('Corefile', corefile('two.db', 'two'));
    expect(await test.server.reload()).toBe(true);
    expect(await first).toBe(false);
    expect(test.log.join('')).toContain('that was waited for is given up: there is a newer one');
    expect(recordsOf(await test.client.ask('www.example.org A')).join()).toContain('192.0.2.2');
    expect(test.log.join('')).not.toContain('ERROR');
  });

  it('the directive reload notices a newer Corefile, and the one in use, while it waits', async () => {
    const corefile = (inner: string): string => `example.org:0 {\n${local(inner)}\nreload 2s 0\n}`;
    const files = { 'one.db': zone('192.0.2.1'), 'two.db': zone('192.0.2.2') };
    await using test = await startCorefileServer(corefile('file one.db'), files);
    await test.write('Corefile', corefile('file missing.db'));
    await eventually(() => expect(test.log.join('')).toContain('it waits for file: '));
    await test.write('Corefile', corefile('file one.db'));
    await eventually(() => expect(test.log.join('')).toContain('given up: the Corefile is again the one in use'));
    await test.write('Corefile', corefile('file missing.db'));
    await eventually(() => expect(test.log.filter((line) => line.includes('it waits for file: '))).toHaveLength(2));
    await test.write('Corefile', corefile('file two.db'));
    await eventually(async () => expect(recordsOf(await test.client.ask('www.example.org A')).join()).toContain('192.0.2.2'));
    expect(test.log.filter((line) => line.includes('is in use: '))).toHaveLength(1);
  });

  it.each(['health', 'ready', 'prometheus'])('%s on a taken port names its line and who has the port', async (name) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const start = startCorefileServer(`.:0 {\n${local('whoami')}\n${name} 127.0.0.1:${port}\n}`);
    await expect(start).rejects.toMatchObject({
      code: 'SM_LISTEN_FAILED',
      message: expect.stringMatching(
        `Corefile:4: ${name} cannot listen on 127\\.0\\.0\\.1:${port} \\(tcp\\): the port is in use by .* \\(process`,
      ),
    });
    taken.close();
  });

  it('a listener on another address of the same port takes the place of the one before', async () => {
    const port = await freePort();
    await using test = await startCorefileServer(`.:${port} {\nbind 127.0.0.1\nwhoami\n}`);
    await test.write('Corefile', `.:${port} {\nwhoami\n}`);
    expect(await test.server.reload()).toBe(true);
    expect(test.server.addresses().udp.map(({ host }) => host)).toContain('0.0.0.0');
    expect(codeOf(await test.client.ask('example.org A'))).toBe('NOERROR');
  });

  it('ready names what is missing, and lameduck answers on without being ready', async () => {
    const port = await freePort();
    const ready = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/ready`);
    const corefile = `example.org:0 {\n${local('file example.db')}\nready 127.0.0.1:${port}\nhealth 127.0.0.1:${port} {\nlameduck 1s\n}\n}`;
    await using test = await startCorefileServer(corefile);
    expect([(await ready()).status, await (await ready()).text()]).toEqual([
      503,
      expect.stringMatching(/^file: zone file .*example\.db is not read yet$/),
    ]);
    await test.write('example.db', zone('192.0.2.1'));
    expect(await test.server.reload()).toBe(true);
    expect((await ready()).status).toBe(200);
    const stopping = test.server.stop();
    await delay(0);
    expect([(await ready()).status, await (await ready()).text()]).toEqual([503, 'server: stopping']);
    expect((await test.client.ask('www.example.org A')).answers).toHaveLength(1);
    await stopping;
  });

  it.skipIf(unmet('blocks over TLS', programRequirement('openssl', 'openssl')))(
    'answers over TLS with the certificate of the block',
    async () => {
      using certificates = testCertificates();
      const { certFile, keyFile } = certificates.issue('server');
      await using test = await startCorefileServer(`tls://.:0 {\n${local('whoami')}\ntls ${certFile} ${keyFile}\n}`);
      const [address] = test.server.addresses().tcp;
      using client = await StreamClient.open(address?.port ?? 0, { ca: certificates.authority.cert, servername: 'localhost' });
      client.send(encodeMessage(createQuery({ name: 'example.org', type: 1, class: 1 })));
      expect(await client.received(1)).toHaveLength(1);
    },
  );

  it('refuses to start with every mistake in the log', async () => {
    await expect(startCorefileServer('.:0 {\nwhoamy\nlog {\nklass all\n}\n}')).rejects.toMatchObject({
      code: 'SM_COREFILE_INVALID',
      message: expect.stringMatching(/Corefile:2: there is no directive "whoamy"; did you mean whoami\?$/),
    });
  });
});
