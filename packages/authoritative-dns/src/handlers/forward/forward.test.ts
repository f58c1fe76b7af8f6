import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';

import { type Logger, Registry } from '@seamark/common/observability';
import { eventually, freePort, temporaryFolder } from '@seamark/testkit';
import { decode } from 'dns-packet';
import { afterAll, describe, expect, test } from 'vitest';

import { testCertificates } from '../../testing/certificates.ts';
import { testClient } from '../../testing/client.ts';
import { startForwarding } from './testing/forwarding.ts';
import { addressTo, answerTo, type Asked, codeTo, startUpstream, truncatedTo } from './testing/upstream.ts';

const address = 'www.example.org. 60 A 192.0.2.1';

describe('over UDP', () => {
  test('a question is asked under an ID and from a port of its own, and the answer given back', async () => {
    await using upstream = await startUpstream();
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    for (let count = 0; count < 8; count++) expect(await forwarding.text()).toEqual(['0', address]);
    expect(new Set(upstream.asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(6);
    expect(upstream.asked.every(({ via }) => via === 'udp')).toBe(true);
  });

  test('the question has the flags and the OPT of the client, without what concerns one hop', async () => {
    await using upstream = await startUpstream();
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    const option = (code: number) => ({ code, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    const edns = { udpPayloadSize: 4096, version: 0, dnssecOk: true, options: [10, 8, 11, 12, 65_001].map((code) => option(code)) };
    await forwarding.ask('www.example.org', 'MX', { edns, checkingDisabled: true, authenticData: true, recursionDesired: false });
    await forwarding.ask('www.example.org', 'A');
    const [first, second] = upstream.asked;
    expect(first?.packet).toMatchObject({
      flag_rd: false,
      flag_ad: true,
      flag_cd: true,
      questions: [{ name: 'www.example.org', type: 'MX' }],
    });
    expect(first?.packet.additionals).toEqual([expect.objectContaining({ type: 'OPT', udpPayloadSize: 1232, flag_do: true })]);
    const opt = first?.packet.additionals?.[0];
    expect(opt?.type === 'OPT' ? opt.options.map(({ code }) => code) : []).toEqual([8, 65_001]);
    expect(second?.packet).toMatchObject({ flag_rd: true, flag_ad: false, flag_cd: false, additionals: [] });
  });

  test('the answer keeps its flags, code, sections and extended errors', async () => {
    await using upstream = await startUpstream((asked) => {
      const [question] = asked.packet.questions ?? [];
      const name = question?.name ?? '';
      asked.send(
        answerTo(
          asked,
          [
            { type: 'CNAME', name, ttl: 30, data: 'a.example.org' },
            { type: 'A', name: 'a.example.org', ttl: 20, data: '192.0.2.1' },
            { type: 'A', name: 'a.example.org', ttl: 10, data: '192.0.2.2' },
          ],
          {
            flags: 0x04a3, // AA, RA, AD, NXDOMAIN
            authorities: [{ type: 'NS', name: 'example.org', ttl: 5, data: 'ns.example.org' }],
            additionals: [
              { type: 'A', name: 'ns.example.org', ttl: 5, data: '192.0.2.53' },
              {
                type: 'OPT',
                name: '.',
                udpPayloadSize: 1232,
                flags: 0,
                extendedRcode: 0,
                ednsVersion: 0,
                flag_do: false,
                options: [
                  { code: 15, data: Buffer.from('\0\x03old') },
                  { code: 10, data: Buffer.alloc(8) },
                ],
              } as never,
            ],
          },
        ),
      );
    });
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    expect(await forwarding.text()).toEqual([
      '3',
      'www.example.org. 30 CNAME a.example.org.',
      'a.example.org. 10 A 192.0.2.1',
      'a.example.org. 10 A 192.0.2.2',
    ]);
    const response = await forwarding.ask();
    expect(response).toMatchObject({
      authoritative: true,
      recursionAvailable: true,
      authenticData: true,
      by: 'forward',
      extendedErrors: [{ code: 3, text: 'old' }],
    });
    expect(response.ednsOptions).toBeUndefined();
    expect([response.authorities.length, response.additionals.length]).toEqual([1, 1]);
  });

  test.each<[string, (asked: Asked) => Buffer]>([
    [
      'another ID',
      (asked) => {
        const octets = addressTo(asked, '203.0.113.1');
        octets.writeUInt16BE((octets.readUInt16BE(0) + 1) & 0xffff, 0);
        return octets;
      },
    ],
    [
      'another name',
      (asked) => addressTo({ ...asked, packet: { ...asked.packet, questions: [{ type: 'A', name: 'evil.example.org' }] } }, '203.0.113.1'),
    ],
    [
      'another type',
      (asked) =>
        addressTo({ ...asked, packet: { ...asked.packet, questions: [{ type: 'AAAA', name: 'www.example.org' }] } }, '203.0.113.1'),
    ],
    ['no question', (asked) => answerTo(asked, [{ type: 'A', name: 'www.example.org', data: '203.0.113.1' }], { questions: [] })],
    ['the query itself', (asked) => asked.octets],
    ['half a message', (asked) => addressTo(asked, '203.0.113.1').subarray(0, 40)],
    ['five octets', () => Buffer.alloc(5)],
    [
      'a compression loop',
      (asked) => {
        const octets = addressTo(asked);
        octets[octets.length - 16] = 0xc0;
        octets[octets.length - 15] = octets.length - 16;
        return octets;
      },
    ],
  ])('a message with %s is let pass, and the answer behind it taken', async (_, wrong) => {
    await using upstream = await startUpstream((asked) => {
      asked.send(wrong(asked));
      asked.send(addressTo(asked));
    });
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    expect(await forwarding.text()).toEqual(['0', address]);
  });

  test('FORMERR without a question is an answer: it is what servers without EDNS say', async () => {
    await using upstream = await startUpstream((asked) => asked.send(codeTo({ ...asked, packet: { ...asked.packet, questions: [] } }, 1)));
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    expect(await forwarding.text()).toEqual(['1']);
  });

  test('a truncated answer is fetched whole over TCP', async () => {
    await using upstream = await startUpstream((asked) => asked.send(asked.via === 'udp' ? truncatedTo(asked) : addressTo(asked)));
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(upstream.asked.map(({ via }) => via)).toEqual(['udp', 'tcp']);
  });
});

describe('over TCP', () => {
  test.each([
    ['', 'udp', 'udp'],
    ['', 'tcp', 'tcp'],
    ['', 'https', 'tcp'],
    ['force_tcp', 'udp', 'tcp'],
    ['prefer_udp', 'tcp', 'udp'],
    ['force_tcp\nprefer_udp', 'tcp', 'tcp'],
  ] as const)('with "%s" a question over %s is asked over %s', async (option, transport, via) => {
    await using upstream = await startUpstream();
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\n${option}\n}`);
    expect(await forwarding.text('www.example.org', 'A', { transport })).toEqual(['0', address]);
    expect(upstream.asked.map((asked) => asked.via)).toEqual([via]);
  });

  test('questions share a connection, and answers may come in any order', async () => {
    const waiting: Asked[] = [];
    await using upstream = await startUpstream((asked) => {
      waiting.push(asked);
      if (waiting.length === 5) for (const each of waiting.toReversed()) each.send(addressTo(each));
    });
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nforce_tcp\n}`);
    const names = ['a', 'b', 'c', 'd', 'e'].map((label) => `${label}.example.org`);
    const answers = await Promise.all(names.map((name) => forwarding.text(name)));
    expect(answers).toEqual(names.map((name) => ['0', `${name}. 60 A 192.0.2.1`]));
    expect(upstream.connections).toBe(1);
    expect(new Set(waiting.map(({ packet }) => packet.id)).size).toBe(5);
  });

  test('an answer that arrives octet by octet is read', async () => {
    await using upstream = await startUpstream((asked) => {
      const answer = addressTo(asked);
      asked.socket?.setNoDelay(true);
      for (const octet of [answer.length >> 8, answer.length & 0xff, ...answer]) asked.socket?.write(Buffer.of(octet));
    });
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nforce_tcp\n}`);
    expect(await forwarding.text()).toEqual(['0', address]);
  });

  test('a question on a kept connection that the upstream closes is asked again on another', async () => {
    await using upstream = await startUpstream((asked) => {
      if (upstream.asked.length === 2) asked.socket?.destroy();
      else asked.send(addressTo(asked));
    });
    await using forwarding = await startForwarding(
      `forward . 127.0.0.1:${upstream.port} {\nforce_tcp\nmax_fails 0\nmax_connect_attempts 1\n}`,
    );
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(await forwarding.text()).toEqual(['0', address]);
    expect([upstream.connections, upstream.asked.length]).toEqual([2, 3]);
  });

  test('a connection without questions is closed after expire', async () => {
    await using upstream = await startUpstream();
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nforce_tcp\nexpire 10ms\n}`);
    await forwarding.text();
    const [first] = upstream.asked;
    await eventually(() => expect(first?.socket?.destroyed).toBe(true));
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(upstream.connections).toBe(2);
  });

  test('a connection on which a question got no answer is not used again, and closed once the others have theirs', async () => {
    await using upstream = await startUpstream((asked) => {
      const name = asked.packet.questions?.[0]?.name;
      if (name === 'silent.example.org') return;
      asked.send(addressTo(asked));
    });
    await using forwarding = await startForwarding(
      `forward . 127.0.0.1:${upstream.port} {\nforce_tcp\nread_timeout 300ms\nmax_fails 0\nmax_connect_attempts 1\n}`,
    );
    await forwarding.text();
    expect(await forwarding.text('silent.example.org')).toEqual(['2']);
    await eventually(() => expect(upstream.asked[0]?.socket?.destroyed).toBe(true));
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(upstream.connections).toBe(2);
  });

  test('an upstream that answers another question loses its connection', async () => {
    await using upstream = await startUpstream((asked) => {
      const wrong = { ...asked, packet: { ...asked.packet, questions: [{ type: 'A' as const, name: 'evil.example.org' }] } };
      asked.send(addressTo(upstream.asked.length === 1 ? wrong : asked));
    });
    await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nforce_tcp\nmax_fails 0\n}`);
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(upstream.connections).toBe(2);
  });
});

describe('encrypted', () => {
  const certificates = testCertificates();
  afterAll(() => certificates[Symbol.dispose]());
  const server = certificates.issue('upstream');
  const tls = { cert: server.cert, key: server.key };
  const { certFile } = certificates.authority;

  test.each([
    ['the address', ''],
    ['the name', 'tls_servername localhost'],
  ])('over TLS the certificate must be for %s', async (_, option) => {
    await using upstream = await startUpstream(undefined, tls);
    await using forwarding = await startForwarding(`forward . tls://127.0.0.1:${upstream.port} {\ntls ${certFile}\n${option}\n}`);
    expect(await forwarding.text()).toEqual(['0', address]);
    expect(await forwarding.text()).toEqual(['0', address]);
    expect([upstream.connections, upstream.asked[0]?.via]).toEqual([1, 'tls']);
  });

  test.each([
    ['is for another name', `tls://127.0.0.1%dns.example:PORT {\ntls ${certFile}\nmax_fails 0\n}`],
    ['comes from an authority that is not trusted', 'tls://127.0.0.1:PORT {\nmax_fails 0\n}'],
  ])('a certificate that %s is no answer', async (_, to) => {
    await using upstream = await startUpstream(undefined, tls);
    await using forwarding = await startForwarding(`forward . ${to.replace('PORT', String(upstream.port))}`);
    expect(await forwarding.ask()).toMatchObject({ responseCode: 2, extendedErrors: [{ code: 23 }] });
    expect(upstream.asked).toEqual([]);
  });

  test.each(['POST', 'GET'])('over HTTPS by %s', async (method) => {
    const seen: string[] = [];
    const https = createSecureServer({ cert: server.cert, key: server.key });
    https.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const path = new URL(headers[':path'] ?? '', 'https://x');
        const octets = headers[':method'] === 'GET' ? Buffer.from(path.searchParams.get('dns') ?? '', 'base64url') : Buffer.concat(chunks);
        const packet = decode(octets);
        seen.push(`${headers[':method']} ${path.pathname} ${packet.id}`);
        stream.respond({ ':status': 200, 'content-type': 'application/dns-message' });
        stream.end(addressTo({ packet, octets, via: 'tls', socket: undefined, send: () => undefined }));
      });
    });
    await new Promise<void>((done) => https.listen(0, '127.0.0.1', done));
    const bound = https.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    try {
      await using forwarding = await startForwarding(`forward . https://127.0.0.1:${port} {\ntls ${certFile}\ndoh_method ${method}\n}`);
      expect(await Promise.all([forwarding.text(), forwarding.text()])).toEqual([
        ['0', address],
        ['0', address],
      ]);
      expect(seen).toEqual([`${method} /dns-query 0`, `${method} /dns-query 0`]);
    } finally {
      await new Promise((done) => https.close(done));
    }
  });
});

describe('several upstreams', () => {
  const lines = (ports: readonly number[], block: string): string =>
    `forward . ${ports.map((port) => `127.0.0.1:${port}`).join(' ')} {\n${block}\n}`;

  test('are asked by turns, in order, or at random', async () => {
    await using a = await startUpstream();
    await using b = await startUpstream();
    const counts = async (policy: string): Promise<number[]> => {
      const before = [a.asked.length, b.asked.length] as const;
      await using forwarding = await startForwarding(lines([a.port, b.port], `policy ${policy}`));
      for (let count = 0; count < 20; count++) await forwarding.text();
      return [a.asked.length - before[0], b.asked.length - before[1]];
    };
    expect(await counts('round_robin')).toEqual([10, 10]);
    expect(await counts('sequential')).toEqual([20, 0]);
    expect(Math.min(...(await counts('random')))).toBeGreaterThan(0);
  });

  test('stand in for one that does not answer', async () => {
    await using silent = await startUpstream(() => undefined);
    await using good = await startUpstream();
    await using forwarding = await startForwarding(lines([silent.port, good.port], 'policy sequential\nread_timeout 300ms'));
    expect(await forwarding.text()).toEqual(['0', address]);
  });

  test('stand in for one that answers with a code of failover; the last one is right in any case', async () => {
    await using failing = await startUpstream((asked) => asked.send(codeTo(asked, 2)));
    await using refusing = await startUpstream((asked) => asked.send(codeTo(asked, 5)));
    await using good = await startUpstream();
    const block = 'policy sequential\nfailover SERVFAIL REFUSED';
    await using all = await startForwarding(lines([failing.port, refusing.port, good.port], block));
    expect(await all.text()).toEqual(['0', address]);
    await using bad = await startForwarding(lines([failing.port, refusing.port], block));
    expect(await bad.text()).toEqual(['5']);
    await using none = await startForwarding(lines([failing.port, good.port], 'policy sequential'));
    expect(await none.text()).toEqual(['2']);
  });

  test('that are down are left alone until they answer a check', async () => {
    await using dead = await startUpstream(() => undefined);
    await using good = await startUpstream();
    const registry = new Registry();
    const block = 'policy sequential\nread_timeout 300ms\nhealth_check 10ms domain health.example.org\nmax_fails 1\nforce_tcp';
    const log: string[] = [];
    const line = (message: string): void => void log.push(message);
    const logger: Logger = { debug: line, info: line, warn: line, error: line, child: () => logger };
    await using forwarding = await startForwarding(lines([dead.port, good.port], block), { metrics: registry, logger });
    expect(await forwarding.text()).toEqual(['0', address]);
    await eventually(async () =>
      expect(await registry.metrics()).toMatch(/healthcheck_failures_total\{proxy_name="forward",to="127.0.0.1:[0-9]+"\} [1-9]/),
    );
    const questions = (): Asked[] => dead.asked.filter(({ packet }) => packet.questions?.[0]?.name === 'www.example.org');
    const before = questions().length;
    for (let count = 0; count < 5; count++) expect(await forwarding.text()).toEqual(['0', address]);
    expect(questions().length).toBe(before);
    dead.behave = (asked) => asked.send(codeTo(asked, 5)); // REFUSED is an answer
    await eventually(async () => expect(await forwarding.text()).toEqual(['5']));
    expect(log.slice(0, 2)).toEqual(['an upstream does not answer and is left alone', 'an upstream answers again']);
    const check = dead.asked.find(({ packet }) => packet.questions?.[0]?.name === 'health.example.org');
    expect(check).toMatchObject({ via: 'tcp', packet: { flag_rd: true, questions: [{ type: 'NS' }] } });
  });

  test('that are all down are asked nevertheless, or not with failfast', async () => {
    const port = await freePort();
    for (const failfast of [false, true]) {
      const registry = new Registry();
      const block = `health_check 10ms\nmax_fails 1\n${failfast ? 'failfast_all_unhealthy_upstreams' : ''}`;
      await using forwarding = await startForwarding(`forward . 127.0.0.1:${port} {\n${block}\n}`, { metrics: registry });
      await forwarding.text();
      await eventually(async () => {
        expect(await forwarding.text()).toEqual(['2']);
        expect(await registry.metrics()).toMatch(/^coredns_forward_healthcheck_broken_total [1-9]/m);
      });
      const response = await forwarding.ask();
      expect(response.extendedErrors?.[0]?.text).toMatch(failfast ? /no upstream is healthy/ : /could be reached/);
    }
  });
});

describe('several lines', () => {
  test('take the questions of their zones, in their order, and leave those of except to the chain', async () => {
    await using lab = await startUpstream((asked) => asked.send(addressTo(asked, '192.0.2.10')));
    await using all = await startUpstream((asked) => asked.send(addressTo(asked, '192.0.2.20')));
    await using forwarding = await startForwarding(
      `forward lab.example.org 127.0.0.1:${lab.port}\nforward example.org 127.0.0.1:${all.port} {\nexcept own.example.org example.org\n}`,
    );
    expect(await forwarding.text('a.lab.example.org')).toEqual(['0', 'a.lab.example.org. 60 A 192.0.2.10']);
    expect(await forwarding.text('a.example.org')).toEqual(['0', 'a.example.org. 60 A 192.0.2.20']);
    expect(await forwarding.text('example.org')).toEqual(['0', 'example.org. 60 A 192.0.2.20']);
    expect(await forwarding.text('a.own.example.org')).toEqual(['4']);
    expect(await forwarding.text('example.net')).toEqual(['4']);
  });

  test('are asked one after the other when next says so', async () => {
    await using first = await startUpstream((asked) => asked.send(codeTo(asked, 3)));
    await using second = await startUpstream((asked) => asked.send(answerTo(asked, [])));
    await using third = await startUpstream();
    const line = (port: number, block: string): string => `forward . 127.0.0.1:${port} {\n${block}\n}`;
    await using chain = await startForwarding(
      [line(first.port, 'next NXDOMAIN'), line(second.port, 'next_on_nodata'), line(third.port, '')].join('\n'),
    );
    expect(await chain.text()).toEqual(['0', address]);
    await using last = await startForwarding([line(second.port, 'next_on_nodata'), line(first.port, 'next NXDOMAIN')].join('\n'));
    expect(await last.text()).toEqual(['3']);
  });
});

test('more questions than max_concurrent are refused', async () => {
  const waiting: Asked[] = [];
  await using upstream = await startUpstream((asked) => void waiting.push(asked));
  const registry = new Registry();
  await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nmax_concurrent 2\n}`, { metrics: registry });
  const first = [forwarding.text('a.example.org'), forwarding.text('b.example.org')];
  expect(await forwarding.text('c.example.org')).toEqual(['5']);
  await eventually(() => expect(waiting.length).toBe(2));
  for (const asked of waiting) asked.send(addressTo(asked));
  expect((await Promise.all(first)).map(([code]) => code)).toEqual(['0', '0']);
  expect(await registry.metrics()).toContain('coredns_forward_max_concurrent_rejects_total 1');
});

test('the metrics are those of CoreDNS', async () => {
  await using upstream = await startUpstream();
  const registry = new Registry();
  await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`, { metrics: registry });
  await forwarding.text();
  await forwarding.text('a.org', 'A', { transport: 'tcp' });
  await forwarding.text('b.org', 'A', { transport: 'tcp' });
  const text = await registry.metrics();
  const to = `proxy_name="forward",to="127.0.0.1:${upstream.port}"`;
  expect(text).toContain(`coredns_proxy_request_duration_seconds_count{${to},rcode="NOERROR"} 3`);
  expect(text).toContain(`coredns_proxy_conn_cache_misses_total{${to},proto="udp"} 1`);
  expect(text).toContain(`coredns_proxy_conn_cache_misses_total{${to},proto="tcp"} 1`);
  expect(text).toContain(`coredns_proxy_conn_cache_hits_total{${to},proto="tcp"} 1`);
});

test('questions leave from source_address', async () => {
  await using upstream = await startUpstream();
  await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nsource_address 127.0.0.7\n}`);
  expect(await forwarding.text()).toEqual(['0', address]);
  expect(await forwarding.text('a.org', 'A', { transport: 'tcp' })).toEqual(['0', 'a.org. 60 A 192.0.2.1']);
  expect(upstream.asked[1]?.socket?.remoteAddress).toBe('127.0.0.7');
});

test('upstreams by file and by name are asked', async () => {
  await using resolver = await startUpstream((asked) => {
    const isAddress = asked.packet.questions?.[0]?.type === 'A';
    asked.send(isAddress ? addressTo(asked, '127.0.0.1') : answerTo(asked, []));
  });
  await using upstream = await startUpstream();
  await using byName = await startForwarding(`forward . dns.example:${upstream.port} {\nresolver 127.0.0.1:${resolver.port}\n}`);
  expect(await byName.text()).toEqual(['0', address]);
  using folder = temporaryFolder('resolv');
  writeFileSync(join(folder.path, 'resolv.conf'), `nameserver 127.0.0.1:${upstream.port}\n`);
  await using byFile = await startForwarding('forward . resolv.conf', { folder: folder.path });
  expect(await byFile.text()).toEqual(['0', address]);
});

test.each(['', 'force_tcp'])('an address that cannot be reached at all is no answer (%s)', async (option) => {
  await using forwarding = await startForwarding(`forward . fe80::1%nowhere {\nmax_fails 0\n${option}\n}`);
  expect(await forwarding.ask()).toMatchObject({ responseCode: 2, extendedErrors: [{ code: 23 }] });
});

test('an address of ours that is not there is no way to ask', async () => {
  await using upstream = await startUpstream();
  await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port} {\nsource_address 192.0.2.77\nmax_fails 0\n}`);
  expect(await forwarding.text()).toEqual(['2']);
});

test('zone transfers are refused', async () => {
  await using upstream = await startUpstream();
  await using forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
  expect(await forwarding.text('example.org', 'AXFR', { transport: 'tcp' })).toEqual(['5']);
  expect(upstream.asked).toEqual([]);
});

test('a name that nobody knows keeps it from starting, and says where', async () => {
  await using resolver = await startUpstream((asked) => asked.send(codeTo(asked, 3)));
  await expect(startForwarding(`forward . dns.example {\nresolver 127.0.0.1:${resolver.port}\n}`)).rejects.toThrow(
    /^Corefile:2: the upstream dns\.example cannot be found/,
  );
});

test('questions that wait when it stops are answered SERVFAIL', async () => {
  await using upstream = await startUpstream(() => undefined);
  const forwarding = await startForwarding(`forward . 127.0.0.1:${upstream.port}`);
  const waiting = [forwarding.text(), forwarding.ask('a.org', 'A', { client: testClient('tcp') } as never)];
  await eventually(() => expect(upstream.asked.length).toBe(2));
  await forwarding[Symbol.asyncDispose]();
  expect(await waiting[0]).toEqual(['2']);
  expect(await waiting[1]).toMatchObject({ responseCode: 2 });
});
