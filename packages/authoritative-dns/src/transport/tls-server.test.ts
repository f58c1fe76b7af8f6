import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { eventually, programRequirement, unmet } from '@seamark/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ListenerCounters } from '../metrics/listener-counters.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { testCertificates, type TestCertificate, type TestCertificates } from '../testing/certificates.ts';
import { edns, oneAddress, queryFor } from '../testing/pipeline.ts';
import { dig } from '../testing/server.ts';
import { StreamClient } from '../testing/stream-client.ts';
import { startTlsServer } from './tls-server.ts';
import type { ClientAuthMode } from './tls-settings.ts';
import type { Transport } from './transport.ts';

const address = { host: '127.0.0.1', port: 0, family: 'IPv4' } as const;
const missing = unmet('DNS over TLS', programRequirement('openssl', 'openssl'));

describe.skipIf(missing)('DNS over TLS', () => {
  let certificates: TestCertificates;
  let server: TestCertificate;
  let known: TestCertificate;
  let unknown: TestCertificate;
  beforeAll(() => {
    certificates = testCertificates();
    server = certificates.issue('server');
    known = certificates.issue('known');
    unknown = certificates.selfSigned('unknown');
  });
  afterAll(() => certificates[Symbol.dispose]());

  const open: Transport[] = [];
  afterEach(async () => void (await Promise.all(open.splice(0).map((transport) => transport.close()))));

  const start = async (clientAuth?: ClientAuthMode) => {
    const counters = new ListenerCounters('tls://:853', 'tcp', '1');
    const transport = await startTlsServer({
      address,
      answerer: new Pipeline({ chain: oneAddress }),
      counters,
      idleTimeoutMs: 2000,
      tls: {
        material: { cert: server.cert, key: server.key, clientCa: certificates.authority.cert },
        ...(clientAuth === undefined ? {} : { clientAuth }),
      },
    });
    open.push(transport);
    return { transport, port: transport.address.port, counters };
  };
  const trust = (extra: ConnectionOptions = {}): ConnectionOptions => ({ ca: certificates.authority.cert, ...extra });

  it('answers, pads and says how long it may stay idle', async () => {
    const { port } = await start();
    using client = await StreamClient.open(port, trust({ ALPNProtocols: ['dot'] }));
    expect((client.socket as TLSSocket).alpnProtocol).toBe('dot');
    const options = [
      { code: 12, data: new Uint8Array(0) },
      { code: 11, data: new Uint8Array(0) },
    ];
    client.send(queryFor('web.example.org A', edns(options)));
    const [answer] = await client.received(1);
    expect(answer?.edns?.options.map(({ code }) => code)).toEqual([11, 12]);
    client.send(queryFor());
    expect(await client.received(2)).toHaveLength(2);
  });

  it.each<[ClientAuthMode, readonly ['none' | 'known' | 'unknown', boolean][]]>([
    [
      'nocert',
      [
        ['none', true],
        ['known', true],
        ['unknown', true],
      ],
    ],
    [
      'request',
      [
        ['none', true],
        ['known', true],
        ['unknown', true],
      ],
    ],
    [
      'require',
      [
        ['none', false],
        ['known', true],
        ['unknown', true],
      ],
    ],
    [
      'verify_if_given',
      [
        ['none', true],
        ['known', true],
        ['unknown', false],
      ],
    ],
    [
      'require_and_verify',
      [
        ['none', false],
        ['known', true],
        ['unknown', false],
      ],
    ],
  ])('with %s takes the clients that it should', async (mode, expected) => {
    const { port, counters } = await start(mode);
    for (const [which, isTaken] of expected) {
      const shown = which === 'none' ? {} : which === 'known' ? known : unknown;
      const client = await StreamClient.open(port, trust(shown)).catch(() => undefined);
      client?.send(queryFor());
      expect([which, (await client?.received(1))?.length ?? 0]).toEqual([which, isTaken ? 1 : 0]);
      client?.socket.destroy();
    }
    await eventually(() => {
      const refused = (counters.drops.get('client_certificate') ?? 0) + (counters.drops.get('tls_handshake') ?? 0);
      expect(refused).toBe(expected.filter(([, isTaken]) => !isTaken).length);
    });
  });

  it('takes TLS 1.2 and 1.3, and nothing older', async () => {
    const { port } = await start();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      using client = await StreamClient.open(port, trust({ minVersion: version, maxVersion: version }));
      expect((client.socket as TLSSocket).getProtocol()).toBe(version);
    }
    const old = connectTls({
      port,
      host: '127.0.0.1',
      ...trust({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    });
    await expect(once(old, 'secureConnect')).rejects.toBeDefined();
  });

  it('uses another certificate for new connections once it is replaced', async () => {
    const { transport, port } = await start();
    using before = await StreamClient.open(port, trust());
    transport.replaceCertificates({ cert: unknown.cert, key: unknown.key });
    expect(() => transport.replaceCertificates({ cert: 'nonsense', key: 'nonsense' })).toThrow();
    await expect(StreamClient.open(port, trust())).rejects.toBeDefined();
    using after = await StreamClient.open(port, { ca: unknown.cert });
    for (const client of [before, after]) {
      client.send(queryFor());
      expect(await client.received(1)).toHaveLength(1);
    }
  });

  it('survives clients that speak no TLS or say nothing, and closes with them there', async () => {
    const { transport, port, counters } = await start();
    const plain = connect(port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await eventually(() => expect(counters.drops.get('tls_handshake')).toBe(1));
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    using client = await StreamClient.open(port, trust());
    client.send(queryFor());
    expect(await client.received(1)).toHaveLength(1);
    await transport.close();
    plain.destroy();
    silent.destroy();
  });

  it('does not start with a certificate that is none', async () => {
    await expect(
      startTlsServer({
        address,
        answerer: new Pipeline({ chain: oneAddress }),
        counters: new ListenerCounters('tls://:853', 'tcp', '1'),
        tls: { material: { cert: 'nonsense', key: server.key } },
      }),
    ).rejects.toMatchObject({ code: 'SM_CONFIG_INVALID' });
  });

  it.skipIf(unmet('kdig +tls', programRequirement('kdig', 'knot-dnsutils')))(
    'answers kdig, with and without checking the certificate',
    async () => {
      const { port } = await start();
      for (const args of [
        ['+tls'],
        ['+tls', `+tls-ca=${certificates.authority.certFile}`, '+tls-host=localhost', '+padding', '+keepopen'],
      ]) {
        const result = await dig(port, [...args, 'web.example.org', 'A'], 'kdig');
        expect(result.sections['ANSWER']).toEqual(['web.example.org. 300 IN A 192.0.2.1']);
      }
    },
  );
});
