import { dnsNameToWire } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';

import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../../chain/response.ts';
import { loadCorefile } from '../../server/load-corefile.ts';
import { testClient } from '../../testing/client.ts';

function request(name: string, extra: Partial<DnsRequest> = {}): DnsRequest {
  const wire = dnsNameToWire(name);
  return {
    id: 4711,
    name: wire,
    nameAsAsked: wire,
    type: 28,
    class: 1,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [] },
    client: testClient('udp'),
    octets: 40,
    ...extra,
  };
}

const lines: string[] = [];
const logger = { debug() {}, info: (line: string) => void lines.push(line), warn() {}, error() {}, child: () => logger };

/** The lines that a block with this `log` writes for questions, each with its answer. */
async function logged(log: string, ...asked: readonly (readonly [DnsRequest, Outcome | Promise<Outcome>])[]): Promise<string[]> {
  lines.length = 0;
  const loaded = loadCorefile(`. {\n${log}\n}`, { file: 'Corefile', logger });
  if (!loaded.ok) return loaded.problems.map(({ message }) => message);
  const handler = loaded.version.blocks[0]?.handlers[0];
  for (const [question, answer] of asked) await handler?.handle(question, () => answer);
  return lines.map((line) => line.replace(/[0-9.]+s$/, '0.1s'));
}

const found: DnsResponse = emptyResponse('file', 0, {
  authoritative: true,
  answers: [{ owner: dnsNameToWire('www.example.org'), type: 28, ttlSeconds: 60, rdata: [new Uint8Array(16)] }],
});
const soa = { owner: dnsNameToWire('example.org'), type: 6, ttlSeconds: 5, rdata: [new Uint8Array(30)] };
const noData = emptyResponse('file', 0, { authorities: [soa] });

describe('the directive log', () => {
  it('writes the line of CoreDNS', async () => {
    expect(await logged('log', [request('www.example.org'), found])).toEqual([
      '192.0.2.53:5353 - 4711 "AAAA IN www.example.org. udp 40 true 1232" NOERROR qr,aa,rd 76 0.1s',
    ]);
  });

  it('{combined} adds the opcode, {/…} is a dash, and what is no value stays', async () => {
    expect(await logged('log . "{name} {/forward/upstream} {when}|{combined}"', [request('a.example'), found])).toEqual([
      expect.stringMatching(/^a\.example\. - \{when\}\|.* "0"$/),
    ]);
  });

  it('the buffer size is that of the transport: 65535 over streams, at least 512 over UDP', async () => {
    const edns = { udpPayloadSize: 100, version: 0, dnssecOk: false, options: [] };
    const asked = (['udp', 'tcp', 'tls', 'https'] as const).map(
      (each) => [request('a.example', { client: testClient(each), edns }), found] as const,
    );
    expect(await logged('log . {proto}/{>bufsize}', ...asked)).toEqual(['udp/512', 'tcp/65535', 'tcp/65535', 'tcp/65535']);
  });

  it('writes names, types and classes as CoreDNS does', async () => {
    const odd = new Uint8Array([9, ...Buffer.from("x y'@;$."), 0x7f, 0]);
    expect(
      await logged(
        'log . "{type} {class} {name}"',
        [request('a', { name: odd, type: 0, class: 254 }), found],
        [request('.', { type: 65280, class: 4 }), found],
      ),
    ).toEqual([String.raw`None NONE x\ y\'\@\;$\.\127.`, 'TYPE65280 HS .']);
  });

  it('writes the address of a client over IPv6 in brackets', async () => {
    const client = testClient('tcp', '2001:db8::53');
    expect(await logged('log . {remote}:{port}/{proto}', [request('a.example', { client }), found])).toEqual(['[2001:db8::53]:5353/tcp']);
  });

  it('writes only the classes asked for', async () => {
    const asked = [
      [request('found.example'), found],
      [request('nodata.example'), noData],
      [request('missing.example'), emptyResponse('file', 3)],
      [request('broken.example'), Promise.resolve(emptyResponse('', 2))],
      [request('dropped.example'), { drop: 'acl', by: 'acl' }],
    ] as const;
    expect(await logged('log . {name} {\nclass denial\n}', ...asked)).toEqual(['nodata.example.', 'missing.example.']);
    expect(await logged('log . {name} {\nclass success error\n}', ...asked)).toEqual(['found.example.', 'broken.example.']);
  });

  it('the first line that has the name decides', async () => {
    const log = 'log quiet.example.org {name} {\nclass error\n}\nlog example.org {name}';
    expect(
      await logged(log, [request('a.quiet.example.org'), found], [request('b.example.org'), found], [request('c.example'), found]),
    ).toEqual(['b.example.org.']);
  });
});
