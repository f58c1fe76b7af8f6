import { programRequirement, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { edns, queryFor, responseWith, TestPipeline } from '../testing/pipeline.ts';
import { dig, startTestServer } from '../testing/server.ts';
import { decodeMessage } from '../wire/message-decoder.ts';

const key = '\x03key\x07example\0';
const algorithm = '\x0bhmac-sha256\0';
const time = '\0\0\x65\x00\x00\x00\x01\x2c';
const mac = 'm'.repeat(32);
const rdata = `${algorithm}${time}\0\x20${mac}\x02\x01\0\0\0\0`;

/** A TSIG record with this RDATA. */
const tsig = (data = rdata): Buffer =>
  Buffer.from(`${key}\0\xfa\0\xff\0\0\0\0${String.fromCharCode(data.length >> 8, data.length & 255)}${data}`, 'latin1');

/** A query with more additional records at its end. */
function signed(query: Uint8Array, ...records: Buffer[]): Buffer {
  const packet = Buffer.concat([query, ...records]);
  packet.writeUInt16BE(packet.readUInt16BE(10) + records.length, 10);
  return packet;
}

describe('a query with TSIG, for which there are no keys (RFC 8945 5.2.1, 5.3.2)', () => {
  const under = new TestPipeline({ chain: () => responseWith([]) });

  it.each([
    ['without EDNS', queryFor('web.example.org A')],
    ['with EDNS', queryFor('web.example.org A', edns())],
    ['for a transfer', queryFor('example.org AXFR')],
  ])('%s is NOTAUTH, with an unsigned TSIG that says BADKEY, behind all else', async (_how, query) => {
    const octets = (await under.octets(signed(query, tsig()))) as Buffer;
    expect(octets[3]).toBe(9);
    const expected = tsig(`${algorithm}${time}\0\0\x02\x01\0\x11\0\0`);
    expect(Buffer.from(octets.subarray(-expected.length))).toEqual(expected);
    expect(decodeMessage(octets)).toMatchObject({ answers: [], additionals: [{ name: 'key.example', type: 250, class: 255, ttl: 0 }] });
  });

  it.each([
    ['with a record behind it', signed(queryFor('web.example.org A'), tsig(), tsig())],
    ['with EDNS behind it', signed(queryFor('web.example.org A'), tsig(), Buffer.from('0000290200000000000000', 'hex'))],
    ['that ends early', signed(queryFor('web.example.org A'), tsig(rdata.slice(0, 30)))],
    ['with more than it says', signed(queryFor('web.example.org A'), tsig(`${rdata}x`))],
    ['without RDATA', signed(queryFor('web.example.org A'), tsig(''))],
  ])('%s is FORMERR', async (_how, packet) => {
    const octets = (await under.octets(packet)) as Buffer;
    expect((octets[3] as number) & 15).toBe(1);
    expect(decodeMessage(octets).additionals).toEqual([]);
  });

  it('with a name that leaves no room gets the code alone', async () => {
    const long = `${`${'a'.repeat(62)}.`.repeat(3)}org`;
    const longKey = `${'\x3e'.padEnd(63, 'k').repeat(3)}\0`;
    const packet = signed(
      queryFor(`${long} A`),
      Buffer.from(
        `${longKey}${tsig(`${longKey}${rdata.slice(algorithm.length)}`)
          .toString('latin1')
          .slice(key.length)}`,
        'latin1',
      ),
    );
    const octets = (await under.octets(packet)) as Buffer;
    expect(octets[3]).toBe(9);
    expect(decodeMessage(octets).additionals).toEqual([]);
  });

  it.skipIf(unmet('TSIG with dig', programRequirement('dig', 'bind9-dnsutils')))('is understood by dig', async () => {
    await using server = await startTestServer({ 'org/example/web': { host: '192.0.2.1' } });
    for (const transport of ['+tcp', '+notcp']) {
      const { status, text } = await dig(server.port, [
        '+norec',
        transport,
        '-y',
        'hmac-sha256:key.example:c2VjcmV0',
        'web.example.org',
        'A',
      ]);
      expect(status).toBe('NOTAUTH');
      expect(text).toMatch(/key\.example\.\s+0\s+ANY\s+TSIG\s+hmac-sha256\. \d+ 300 0\s+\d+ BADKEY 0/);
    }
  });
});
