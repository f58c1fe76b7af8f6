import { describe, expect, it } from 'vitest';

import { emptyResponse } from '../chain/response.ts';
import type { DnsRequest } from '../chain/request.ts';
import { addressSet, edns, queryFor, responseWith, TestPipeline } from '../testing/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { FaultLog } from './fault-log.ts';

const query = queryFor('Web.example.org A');
const changed = (change: (octets: Buffer) => void, octets = query): Buffer => {
  const copy = Buffer.from(octets);
  change(copy);
  return copy;
};
const opt = Buffer.from('0000290200000000000000', 'hex');
const nothing = { answers: [], authorities: [], additionals: [] };

describe('queries that the chain answers', () => {
  it('come to it as a request, and its answer goes out', async () => {
    const seen: DnsRequest[] = [];
    const under = new TestPipeline({
      chain: (request) => (seen.push(request), responseWith([addressSet('web.example.org', '192.0.2.1')])),
    });
    const packet = queryFor('Web.Example.org A', edns([{ code: 3, data: Uint8Array.of(1, 2) }], { udpPayloadSize: 4096, dnssecOk: true }));
    const message = await under.message(packet);
    packet.fill(0xff);
    expect(seen).toMatchObject([
      {
        id: 513,
        name: Uint8Array.from(Buffer.from('\x03web\x07example\x03org\x00', 'latin1')),
        nameAsAsked: Uint8Array.from(Buffer.from('\x03Web\x07Example\x03org\x00', 'latin1')),
        type: 1,
        class: 1,
        recursionDesired: true,
        checkingDisabled: false,
        edns: { udpPayloadSize: 4096, version: 0, dnssecOk: true, options: [{ code: 3, data: Uint8Array.of(1, 2) }] },
        octets: packet.length,
        validCookie: false,
      },
    ]);
    expect(message).toMatchObject({
      id: 513,
      response: true,
      authoritative: true,
      recursionDesired: true,
      questions: [{ name: 'Web.Example.org', type: 1, class: 1 }],
      answers: [{ name: 'Web.Example.org', ttl: 300 }],
      edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [] },
    });
    expect(under.report).toMatchObject({ type: 1, responseCode: 0, zone: 'example.org.', by: 'test', dnssecOk: true, truncated: false });
  });

  it('may be answered later, and in any order', async () => {
    const gates = new Map<string, () => void>();
    const under = new TestPipeline({
      chain: async ({ nameAsAsked }) => {
        await new Promise<void>((resolve) => gates.set(Buffer.from(nameAsAsked).toString('latin1', 1, 2), resolve));
        return responseWith([{ ...addressSet('x', '192.0.2.1'), owner: nameAsAsked }]);
      },
    });
    const first = under.message(queryFor('a.example.org A'));
    const second = under.message(queryFor('b.example.org AAAA'));
    gates.get('b')?.();
    expect((await second).questions).toMatchObject([{ name: 'b.example.org' }]);
    expect(under.report.type).toBe(28);
    gates.get('a')?.();
    expect((await first).questions).toMatchObject([{ name: 'a.example.org' }]);
  });

  it('may get no answer', async () => {
    const under = new TestPipeline({ chain: () => ({ drop: 'acl', by: 'acl' }) });
    expect(await under.octets(query)).toBeUndefined();
    expect(under.report).toMatchObject({ dropReason: 'by_handler', dropDetail: 'acl', by: 'acl' });
    const later = new TestPipeline({ chain: async () => ({ drop: 'acl', by: 'acl' }) });
    expect(await later.octets(query)).toBeUndefined();
    expect(later.report.dropReason).toBe('by_handler');
  });

  it('get SERVFAIL for faults of handlers, of which one a second is logged', async () => {
    const lines: string[] = [];
    let now = 0;
    const logger = { error: (line: string) => void lines.push(line) } as never;
    const faults = new FaultLog(logger, () => now);
    const throwing = new TestPipeline({
      chain: () => {
        throw new Error('a bug');
      },
      faults,
    });
    const rejecting = new TestPipeline({ chain: () => Promise.reject(new Error('another bug')), faults });
    for (const under of [throwing, rejecting, throwing]) {
      expect(await under.message(query)).toMatchObject({ responseCode: 2, authoritative: false, ...nothing });
    }
    now = 1000;
    await rejecting.message(query);
    expect(faults.count).toBe(4);
    expect(lines).toEqual([
      'a handler failed, its question got SERVFAIL: a bug',
      'a handler failed, its question got SERVFAIL: another bug (and 2 other faults since the last line like this)',
    ]);
  });

  it('are asked to the new chain once it is replaced, and those under way to the old one', async () => {
    const gate = Promise.withResolvers<void>();
    const under = new TestPipeline({ chain: async () => (await gate.promise, emptyResponse('old', 0)) });
    const early = under.message(query);
    under.pipeline.replace({ chain: () => emptyResponse('new', 3) });
    expect((await under.message(query)).responseCode).toBe(3);
    gate.resolve();
    expect((await early).responseCode).toBe(0);
  });

  it('get SERVFAIL and Not Ready until the chain is ready', async () => {
    let ready = false;
    const under = new TestPipeline({ isReady: () => ready });
    const message = await under.message(queryFor('web.example.org A', edns()));
    expect(message).toMatchObject({ responseCode: 2, authoritative: false, edns: { options: [{ code: 15, data: Uint8Array.of(0, 14) }] } });
    ready = true;
    expect((await under.message(query)).responseCode).toBe(0);
  });

  it('keep a response code that needs OPT only with OPT', async () => {
    const under = new TestPipeline({ chain: () => emptyResponse('test', 23) });
    expect((await under.message(query)).responseCode).toBe(2);
    expect((await under.message(queryFor('web.example.org A', edns()))).responseCode).toBe(23);
  });
});

describe('queries that are no plain question', () => {
  const under = new TestPipeline({ chain: ({ class: questionClass }) => emptyResponse('test', questionClass === 3 ? 5 : 0) });

  it('responses and fragments are not answered', async () => {
    expect(await under.octets(changed((octets) => (octets[2] = 0x81)))).toBeUndefined();
    expect(under.report.dropReason).toBe('is_response');
    expect(await under.octets(query.subarray(0, 11))).toBeUndefined();
    expect(under.report.dropReason).toBe('too_short');
  });

  it.each([1, 2, 4, 5, 6, 15])('opcode %i is NOTIMP, header only', async (opcode) => {
    const response = await under.octets(changed((octets) => (octets[2] = (opcode << 3) | 1)));
    expect(response?.toString('hex')).toBe(`0201${(0x81 | (opcode << 3)).toString(16)}040000000000000000`);
    const header = await under.octets(changed((octets) => (octets[2] = opcode << 3)).subarray(0, 12));
    expect(header).toHaveLength(12);
  });

  it.each([
    ['no question', changed((octets) => octets.writeUInt16BE(0, 4)).subarray(0, 12), 1, false],
    ['two questions', Buffer.concat([changed((octets) => octets.writeUInt16BE(2, 4)), query.subarray(12)]), 1, false],
    ['a cut question', query.subarray(0, 20), 1, false],
    ['octets behind the end', Buffer.concat([query, Buffer.from([0])]), 1, true],
    ['a record that is not there', changed((octets) => octets.writeUInt16BE(1, 10)), 1, true],
    ['OPT among the answers', Buffer.concat([changed((octets) => octets.writeUInt16BE(1, 6)), opt]), 1, true],
    ['OPT among the authorities', Buffer.concat([changed((octets) => octets.writeUInt16BE(1, 8)), opt]), 1, true],
    ['two OPT records', Buffer.concat([changed((octets) => octets.writeUInt16BE(2, 10)), opt, opt]), 1, true],
    ['class CH', changed((octets) => octets.writeUInt16BE(3, octets.length - 2)), 5, true],
    ['class NONE', changed((octets) => octets.writeUInt16BE(254, octets.length - 2)), 5, true],
    ['class ANY', changed((octets) => octets.writeUInt16BE(255, octets.length - 2)), 5, true],
    ['type OPT', changed((octets) => octets.writeUInt16BE(41, octets.length - 4)), 1, true],
    ['type TKEY', changed((octets) => octets.writeUInt16BE(249, octets.length - 4)), 1, true],
    ['type TSIG', changed((octets) => octets.writeUInt16BE(250, octets.length - 4)), 1, true],
    ['type IXFR', changed((octets) => octets.writeUInt16BE(251, octets.length - 4)), 5, true],
    ['type AXFR', changed((octets) => octets.writeUInt16BE(252, octets.length - 4)), 5, true],
    ['type MAILB', changed((octets) => octets.writeUInt16BE(253, octets.length - 4)), 4, true],
    ['type ANY', changed((octets) => octets.writeUInt16BE(255, octets.length - 4)), 0, true],
  ])('%s', async (_name, octets, responseCode, repeatsQuestion) => {
    const response = (await under.octets(octets)) as Buffer;
    const message = decodeMessage(response);
    expect(message).toMatchObject({ responseCode, authoritative: false, ...nothing });
    expect(message.questions).toHaveLength(repeatsQuestion ? 1 : 0);
    const hasOpt = octets[11] !== 0 && octets.includes(opt);
    expect(message.edns?.udpPayloadSize).toBe(hasOpt ? 1232 : undefined);
    if (repeatsQuestion) expect(response.subarray(12, query.length).equals(octets.subarray(12, query.length))).toBe(true);
  });

  it('class CH goes to the chain that answers it', async () => {
    const chaos = new TestPipeline({ chain: ({ class: questionClass }) => emptyResponse('chaos', questionClass), answersChaos: true });
    expect((await chaos.message(changed((octets) => octets.writeUInt16BE(3, octets.length - 2)))).responseCode).toBe(3);
    expect((await chaos.message(changed((octets) => octets.writeUInt16BE(4, octets.length - 2)))).responseCode).toBe(5);
  });

  it('the question comes back octet by octet, RD and CD as sent, all other flags clear', async () => {
    const response = (await under.octets(changed((octets) => octets.writeUInt16BE(0x0170, 2)))) as Buffer; // RD, reserved bit, AD, CD
    expect(response.subarray(12, query.length).equals(query.subarray(12))).toBe(true);
    expect(response.readUInt16BE(2)).toBe(0x8000 | 0x0100 | 0x0010);
  });
});

/** RFC 8906 8.1 and 8.2, row by row. */
describe('RFC 8906', () => {
  const under = new TestPipeline();
  const ask = (change: (octets: Buffer) => void, queryEdns?: ReturnType<typeof edns>) =>
    under.message(changed(change, queryFor('example.org SOA', queryEdns)));
  const plain = (octets: Buffer) => octets.writeUInt16BE(0, 2);

  it.each<[string, (octets: Buffer) => void]>([
    ['8.1.1 no flags', plain],
    ['8.1.3.1 CD', (octets) => octets.writeUInt16BE(0x0010, 2)],
    ['8.1.3.2 AD', (octets) => octets.writeUInt16BE(0x0020, 2)],
    ['8.1.3.3 the reserved bit', (octets) => octets.writeUInt16BE(0x0040, 2)],
    ['8.1.3.4 RD', (octets) => octets.writeUInt16BE(0x0100, 2)],
  ])('%s', async (_name, change) => {
    const message = await ask(change);
    expect(message).toMatchObject({ responseCode: 0, authoritative: true, authenticData: false, recursionAvailable: false });
    expect(message.answers).toHaveLength(1);
    expect(message.edns).toBeUndefined();
  });

  it('8.1.2 an unknown type', async () => {
    expect(await under.message(queryFor('example.org TYPE1000'))).toMatchObject({ responseCode: 0, questions: [{ type: 1000 }] });
  });

  it.each<[string, ReturnType<typeof edns>, number]>([
    ['8.2.1 EDNS version 0', edns(), 0],
    ['8.2.2 EDNS version 1', edns([], { version: 1 }), 16],
    ['8.2.3 an unknown option', edns([{ code: 100, data: Uint8Array.of(1) }]), 0],
    ['8.2.5 version 1 with an unknown option', edns([{ code: 100, data: new Uint8Array(0) }], { version: 1 }), 16],
    ['8.2.6 DO', edns([], { dnssecOk: true }), 0],
    ['8.2.7 version 1 with DO', edns([], { version: 1, dnssecOk: true }), 16],
    ['8.2.9 several options', edns([3, 8, 9, 10].map((code) => ({ code, data: new Uint8Array(code === 10 ? 8 : 0) }))), 0],
  ])('%s', async (_name, queryEdns, responseCode) => {
    const message = await ask(plain, queryEdns);
    expect(message).toMatchObject({ responseCode, edns: { version: 0, options: [], dnssecOk: queryEdns.dnssecOk } });
    expect(message.answers).toHaveLength(responseCode === 0 ? 1 : 0);
  });

  it.each([
    ['8.2.4 unknown flags', 0, 0],
    ['8.2.8 version 1 with unknown flags', 1, 16],
  ])('%s', async (_name, version, responseCode) => {
    const octets = queryFor('example.org SOA', edns([], { version }));
    octets.writeUInt16BE(0x7fff, octets.length - 4);
    const response = (await under.octets(octets)) as Buffer;
    expect(decodeMessage(response).responseCode).toBe(responseCode);
    expect(response.readUInt16BE(response.length - 4)).toBe(0);
  });
});
