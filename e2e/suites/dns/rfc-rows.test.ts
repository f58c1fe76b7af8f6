import { etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { decodeMessage, type DnsMessage, formatRecord, recordTypeCode, responseCodeName } from '@seamark/authoritative-dns/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { putKey } from '../../world/etcd-gateway.ts';
import { answers, type DnsProcess, startDns } from './server/dns-process.ts';
import { engineRequirement, engines } from './server/engines.ts';
import { rawMessage, rawName, rawOpt, rawOption, rawQuestion } from './server/raw-message.ts';
import { TcpConnection } from './server/tcp-connection.ts';

const skipped = unmet('what the RFCs ask of an authoritative server', etcdRequirement());

const zone = `$TTL 300
@ 3600 IN SOA ns1 hostmaster 9 14400 3600 1209600 60
@ IN NS ns1
ns1 IN A 192.0.2.53
web IN A 192.0.2.80
two 100 IN A 192.0.2.1
two 200 IN A 192.0.2.2
a.ent IN A 192.0.2.3
*.wild IN A 192.0.2.4
x.y.wild IN A 192.0.2.5
alias IN CNAME web
loose IN CNAME nothing
first IN CNAME second
second IN CNAME first
old IN DNAME new
www.new IN A 192.0.2.6
long IN DNAME ${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.new
opaque IN TYPE65280 \\# 2 abcd
child IN NS ns1.child
child IN NS ns2.child
child IN DS 1 13 2 ${'ab'.repeat(32)}
${Array.from({ length: 12 }, (_, n) => `ns1.child IN AAAA 2001:db8::${n}\nns2.child IN AAAA 2001:db8:1::${n}`).join('\n')}
mail IN MX 10 host
${Array.from({ length: 30 }, (_, n) => `host IN AAAA 2001:db8::${n}`).join('\n')}
service IN SVCB 1 web port=53
${Array.from({ length: 12 }, (_, n) => `big IN TXT "${n}${'x'.repeat(250)}"`).join('\n')}
`;
const reverse = `@ 3600 IN SOA ns1.rows.org. hostmaster.rows.org. 9 14400 3600 1209600 60
@ 300 IN NS ns1.rows.org.
1 300 IN CNAME 1.0/25
1.0/25 300 IN PTR web.rows.org.
`;

const header = { qr: 0x8000, aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, z: 0x40, ad: 0x20, cd: 0x10 };
const type = (name: string): number => recordTypeCode(name) as number;

const usable = skipped ? [] : engines.filter((engine) => !unmet(`RFCs over the engine ${engine}`, engineRequirement(engine)));

describe.each(usable)('over the sockets of a server process with the engine %s', (engine) => {
  const parts: AsyncDisposable[] = [];
  let dns: DnsProcess;

  beforeAll(async () => {
    const etcd = await startEtcd();
    parts.push(etcd);
    const put = (key: string, value: unknown): Promise<void> => putKey(etcd.endpoint, `/skydns/org/stored/${key}`, JSON.stringify(value));
    await put('web', { host: '192.0.2.80' });
    await put('deep/er/a', { host: '192.0.2.3' });
    await put('wild/*', { host: '192.0.2.4' });
    dns = await startDns({
      corefile: (port) => `rows.org:${port} 2.0.192.in-addr.arpa:${port} {
    bind 127.0.0.1
    errors
    nsid one
    file rows.zone rows.org
    file reverse.zone 2.0.192.in-addr.arpa
}
stored.org:${port} {
    bind 127.0.0.1
    etcd {
        endpoint ${etcd.endpoint}
    }
}
chaos.test:${port} bind:${port} server:${port} {
    bind 127.0.0.1
    chaos none
}
`,
      files: { 'rows.zone': zone, 'reverse.zone': reverse },
      engine,
    });
    parts.push(dns);
    await answers(dns, 'web.stored.org', 'A');
  });
  afterAll(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  });

  interface Seen {
    readonly rcode: string;
    readonly flags: number;
    readonly answer: readonly string[];
    readonly authority: readonly string[];
    readonly additional: readonly string[];
    readonly message: DnsMessage;
    readonly octets: Buffer;
  }
  const seen = (octets: Buffer): Seen => {
    const message = decodeMessage(Uint8Array.from(octets));
    return {
      rcode: responseCodeName(message.responseCode),
      flags: octets.readUInt16BE(2) & 0x87f0,
      answer: message.answers.map(formatRecord),
      authority: message.authorities.map(formatRecord),
      additional: message.additionals.map(formatRecord),
      message,
      octets,
    };
  };
  const send = async (packet: Buffer): Promise<Seen> => {
    const reply = await dns.asker.exchange(packet);
    if (reply === undefined) throw new Error('no answer');
    return seen(reply);
  };
  const sendTcp = async (packet: Buffer): Promise<Seen> => {
    using connection = await TcpConnection.open(dns.port);
    connection.send(packet);
    const [reply] = await connection.received(1);
    if (reply === undefined) throw new Error('no answer');
    return seen(reply);
  };
  const questionOf = (text: string): Buffer => {
    const [name = '', typeName = ''] = text.split(' ');
    return rawQuestion(name, /^TYPE\d+$/.test(typeName) ? Number(typeName.slice(4)) : type(typeName));
  };
  const ask = (text: string, flags = 0, ...additionals: readonly Buffer[]): Promise<Seen> =>
    send(rawMessage({ flags, questions: [questionOf(text)], additionals }));
  /** Nothing comes back: a well-formed question sent behind it is answered, and nothing else is. */
  const expectDropped = async (packet: Buffer): Promise<void> => {
    const before = dns.asker.received;
    dns.asker.send(packet);
    expect((await ask('web.rows.org A')).rcode).toBe('NOERROR');
    expect(dns.asker.received).toBe(before + 1);
  };

  describe('RFC 1034, 1035, 4343', () => {
    it('copies the question octet by octet, with its letters, and finds the name whatever they are', async () => {
      const question = rawQuestion('wEb.RoWs.oRg', 1);
      const { octets, answer } = await send(rawMessage({ questions: [question] }));
      expect(octets.subarray(12, 12 + question.length)).toEqual(question);
      expect(answer).toHaveLength(1);
    });
    it.each(Object.entries({ ra: header.ra, z: header.z, ad: header.ad, tc: header.tc, aa: header.aa, none: 0 }))(
      'answers with authority, and neither RA nor Z nor AD nor TC, when the query has %s set',
      async (_bit, flags) => {
        expect((await ask('web.rows.org A', flags)).flags).toBe(header.qr | header.aa);
      },
    );
    it('copies RD and CD', async () => {
      expect((await ask('web.rows.org A', header.rd | header.cd)).flags).toBe(header.qr | header.aa | header.rd | header.cd);
    });
    it('gives no answer to an answer', () => expectDropped(rawMessage({ flags: header.qr, questions: [questionOf('web.rows.org A')] })));
    it.each([0, 1, 11])('gives no answer to %i octets', (length) => expectDropped(Buffer.alloc(length)));
    it.each([
      ['a label of 64 octets', Buffer.concat([Buffer.from([64]), Buffer.alloc(64, 97), Buffer.from([0])])],
      [
        'a name of more than 255 octets',
        Buffer.concat([...Array.from({ length: 5 }, () => Buffer.from(`\x3f${'a'.repeat(63)}`)), Buffer.from([0])]),
      ],
      ['a pointer to itself', Buffer.from([0xc0, 12])],
      ['a pointer ahead', Buffer.from([0xc0, 40])],
      ['a name without end', Buffer.from([3, 97])],
    ])('refuses %s as a format error', async (_what, name) => {
      const { rcode, octets } = await send(rawMessage({ questions: [rawQuestion(name, 1)] }));
      expect(rcode).toBe('FORMERR');
      expect(octets.readUInt16BE(6)).toBe(0);
    });
    it('names of 255 octets and labels of 63 are names', async () => {
      const label = 'a'.repeat(63);
      expect((await ask(`${label}.${label}.${label}.${'a'.repeat(52)}.rows.org A`)).rcode).toBe('NXDOMAIN');
    });
  });

  describe('RFC 2181', () => {
    it('gives the records of a set one TTL', async () => {
      const { message } = await ask('two.rows.org A');
      expect(new Set(message.answers.map(({ ttl }) => ttl))).toEqual(new Set([100]));
    });
    it('sets TC when the answer does not fit, and sends no half of a set', async () => {
      const { flags, answer } = await ask('big.rows.org TXT', 0, rawOpt());
      expect(flags & header.tc).toBe(header.tc);
      expect(answer).toEqual([]);
      expect((await sendTcp(rawMessage({ questions: [questionOf('big.rows.org TXT')] }))).answer).toHaveLength(12);
    });
    it('sets no TC when only additional records are left out', async () => {
      const { flags, answer, octets } = await ask('mail.rows.org MX');
      expect([flags & header.tc, answer.length]).toEqual([0, 1]);
      expect(octets.length).toBeLessThanOrEqual(512);
    });
    it('does set TC when glue that the referral needs is left out (RFC 9471)', async () => {
      const { flags } = await ask('www.child.rows.org A');
      expect(flags & header.tc).toBe(header.tc);
    });
  });

  describe('RFC 2308, 8020, 6604', () => {
    it.each([
      'ent.rows.org A',
      'er.deep.stored.org A',
      'deep.stored.org TXT',
      'web.rows.org AAAA',
      'web.stored.org AAAA',
      'web.rows.org TYPE65399',
    ])('%s: there is a name, and no such data', async (question) => {
      const { rcode, message, flags } = await ask(question);
      const isSubtree = question.includes('deep.stored.org A');
      expect(rcode).toBe('NOERROR');
      expect(flags).toBe(header.qr | header.aa);
      // SkyDNS answers a parent with what is below it.
      if (isSubtree) return;
      expect(message.answers).toEqual([]);
      expect(message.authorities.map(({ type: each }) => each)).toEqual([type('SOA')]);
    });
    it.each(['nothing.rows.org A', 'x.web.rows.org A', 'nothing.stored.org A', 'x.web.stored.org A'])(
      '%s: there is no such name',
      async (question) => {
        const { rcode, message } = await ask(question);
        expect(rcode).toBe('NXDOMAIN');
        expect(message.authorities.map(({ type: each }) => each)).toEqual([type('SOA')]);
      },
    );
    it('gives the SOA of a denial the lesser of its TTL and MINIMUM', async () => {
      expect((await ask('nothing.rows.org A')).message.authorities[0]?.ttl).toBe(60);
      expect((await ask('rows.org SOA')).message.answers[0]?.ttl).toBe(3600);
      expect((await ask('nothing.stored.org A')).message.authorities[0]?.ttl).toBe(5);
    });
    it('answers an alias whose end does not exist with the alias and the code of the end', async () => {
      const { rcode, answer } = await ask('loose.rows.org A');
      expect([rcode, answer]).toEqual(['NXDOMAIN', ['loose.rows.org. 300 IN CNAME nothing.rows.org.']]);
    });
    it('answers aliases in a circle once round', async () => {
      expect((await ask('first.rows.org A')).answer).toHaveLength(2);
    });
  });

  describe('RFC 4592', () => {
    it.each([
      ['any.wild.rows.org A', 'NOERROR', ['any.wild.rows.org. 300 IN A 192.0.2.4']],
      ['a.b.wild.rows.org A', 'NOERROR', ['a.b.wild.rows.org. 300 IN A 192.0.2.4']],
      ['*.wild.rows.org A', 'NOERROR', ['*.wild.rows.org. 300 IN A 192.0.2.4']],
      ['y.wild.rows.org A', 'NOERROR', []],
      ['z.y.wild.rows.org A', 'NXDOMAIN', []],
      ['any.wild.rows.org TXT', 'NOERROR', []],
      ['any.wild.stored.org A', 'NOERROR', ['any.wild.stored.org. 300 IN A 192.0.2.4']],
      ['*.wild.stored.org A', 'NOERROR', ['*.wild.stored.org. 300 IN A 192.0.2.4']],
    ])('%s', async (question, rcode, answer) => {
      expect(await ask(question)).toMatchObject({ rcode, answer });
    });
  });

  describe('RFC 6672, 3597, 2317', () => {
    it('DNAME: rewrites what is below, not the name itself', async () => {
      expect((await ask('www.old.rows.org A')).answer).toEqual([
        'old.rows.org. 300 IN DNAME new.rows.org.',
        'www.old.rows.org. 300 IN CNAME www.new.rows.org.',
        'www.new.rows.org. 300 IN A 192.0.2.6',
      ]);
      expect(await ask('old.rows.org A')).toMatchObject({ rcode: 'NOERROR', answer: [] });
    });
    it('DNAME: says YXDOMAIN when the new name is too long', async () => {
      const label = 'x'.repeat(63);
      expect((await ask(`${label}.long.rows.org A`)).rcode).toBe('YXDOMAIN');
    });
    it('serves types that it does not know', async () => {
      expect((await ask('opaque.rows.org TYPE65280')).answer).toEqual([String.raw`opaque.rows.org. 300 IN TYPE65280 \# 2 abcd`]);
    });
    it('refuses classes other than IN', async () => {
      expect((await send(rawMessage({ questions: [rawQuestion('web.rows.org', 1, 4)] }))).rcode).toBe('REFUSED');
    });
    it('classless reverse zones: labels may hold a slash', async () => {
      expect((await ask('1.2.0.192.in-addr.arpa PTR')).answer).toEqual([
        '1.2.0.192.in-addr.arpa. 300 IN CNAME 1.0/25.2.0.192.in-addr.arpa.',
        '1.0/25.2.0.192.in-addr.arpa. 300 IN PTR web.rows.org.',
      ]);
    });
  });

  describe('RFC 6891', () => {
    it('sends OPT when it was sent one, and only then', async () => {
      expect((await ask('web.rows.org A')).message.edns).toBeUndefined();
      expect((await ask('web.rows.org A', 0, rawOpt({ size: 4096 }))).message.edns).toMatchObject({
        udpPayloadSize: 1232,
        version: 0,
        options: [],
      });
    });
    it('takes two of them as a format error', async () => {
      expect((await ask('web.rows.org A', 0, rawOpt(), rawOpt())).rcode).toBe('FORMERR');
    });
    it('takes one of another owner than the root as a format error', async () => {
      expect((await ask('web.rows.org A', 0, rawOpt({ owner: 'x' }))).rcode).toBe('FORMERR');
    });
    it('answers another version with BADVERS, its own version and no data', async () => {
      const { rcode, message } = await ask('web.rows.org A', 0, rawOpt({ version: 3 }));
      expect([rcode, message.answers, message.edns?.version]).toEqual(['BADVERS', [], 0]);
    });
    it('neither sends unknown options back nor unknown flags; DO it does', async () => {
      const { message, octets } = await ask('web.rows.org A', 0, rawOpt({ flags: 0xc001, options: [rawOption(65001, Buffer.from('x'))] }));
      expect(message.edns).toMatchObject({ dnssecOk: true, options: [] });
      expect(octets.readUInt16BE(octets.length - 4)).toBe(0x8000);
    });
    it('takes sizes below 512 for 512', async () => {
      expect((await ask('web.rows.org A', 0, rawOpt({ size: 20 }))).answer).toHaveLength(1);
    });
    it('keeps OPT in truncated answers and in refusals', async () => {
      expect((await ask('big.rows.org TXT', 0, rawOpt())).message.edns).toBeDefined();
      expect((await ask('elsewhere.net A', 0, rawOpt())).message.edns).toBeDefined();
      expect((await ask('nothing.rows.org A', 0, rawOpt())).message.edns).toBeDefined();
    });
    it('takes an option that is longer than its record as a format error', async () => {
      const broken = rawOpt({ options: [Buffer.from([0, 99, 0, 50, 1])] });
      expect((await ask('web.rows.org A', 0, broken)).rcode).toBe('FORMERR');
    });
  });

  describe('RFC 7766, 7828, 9210', () => {
    it('takes queries in single octets, and many at once', async () => {
      using connection = await TcpConnection.open(dns.port);
      const packet = rawMessage({ id: 99, questions: [questionOf('web.rows.org A')] });
      for (const octet of Buffer.concat([Buffer.from([0, packet.length]), packet])) {
        connection.socket.write(Buffer.from([octet]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await connection.received(1))[0]?.readUInt16BE(0)).toBe(99);
      connection.send(...Array.from({ length: 100 }, (_, id) => rawMessage({ id, questions: [questionOf('big.rows.org TXT')] })));
      const ids = (await connection.received(101)).slice(1).map((reply) => reply.readUInt16BE(0));
      expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, id) => id));
    });
    it('answers what came before the client closed its side', async () => {
      using connection = await TcpConnection.open(dns.port);
      connection.send(...Array.from({ length: 20 }, (_, id) => rawMessage({ id, questions: [questionOf('big.rows.org TXT')] })));
      connection.socket.end();
      expect(await connection.received(20)).toHaveLength(20);
    });
    it('sends keepalive over TCP when asked for, never over UDP', async () => {
      const packet = rawMessage({ questions: [questionOf('web.rows.org A')], additionals: [rawOpt({ options: [rawOption(11)] })] });
      expect((await sendTcp(packet)).message.edns?.options.map(({ code }) => code)).toEqual([11]);
      expect((await send(packet)).message.edns?.options).toEqual([]);
    });
  });

  describe('RFC 5001, 7873, 9018, 7830', () => {
    const optionsOf = async (...options: readonly Buffer[]) =>
      (await ask('web.rows.org A', 0, rawOpt({ options }))).message.edns?.options ?? [];
    it('NSID: the one that is configured', async () => {
      expect((await optionsOf(rawOption(3))).map(({ code, data }) => [code, Buffer.from(data).toString()])).toEqual([[3, 'one']]);
    });
    it('cookies: 8 octets of the client, 16 of the server in the common form; the same client may use them again', async () => {
      const client = Buffer.from('0123456789abcdef', 'hex');
      const [cookie] = await optionsOf(rawOption(10, client));
      expect(cookie?.data).toHaveLength(24);
      expect(Buffer.from(cookie?.data ?? []).subarray(0, 9)).toEqual(Buffer.concat([client, Buffer.from([1])]));
      const again = await ask('web.rows.org A', 0, rawOpt({ options: [rawOption(10, Buffer.from(cookie?.data ?? []))] }));
      expect(again.rcode).toBe('NOERROR');
    });
    it.each([0, 1, 7, 9, 15, 41])('cookies: %i octets are a format error', async (length) => {
      expect((await ask('web.rows.org A', 0, rawOpt({ options: [rawOption(10, Buffer.alloc(length))] }))).rcode).toBe('FORMERR');
    });
    it('cookies: a query of nothing else is answered (RFC 7873 5.4)', async () => {
      const { rcode, message } = await send(rawMessage({ additionals: [rawOpt({ options: [rawOption(10, Buffer.alloc(8, 1))] })] }));
      expect([rcode, message.edns?.options[0]?.code]).toEqual(['NOERROR', 10]);
    });
    it('padding: not where nothing is encrypted', async () => {
      expect(await optionsOf(rawOption(12, Buffer.alloc(10)))).toEqual([]);
    });
  });

  describe('RFC 8482, 9619, and what is not served', () => {
    it('ANY: one set or HINFO', async () => {
      const { message } = await ask('web.rows.org ANY');
      expect(new Set(message.answers.map(({ type: each }) => each)).size).toBe(1);
    });
    it('two questions, or none, are a format error', async () => {
      const question = questionOf('web.rows.org A');
      expect((await send(rawMessage({ questions: [question, question] }))).rcode).toBe('FORMERR');
      expect((await send(rawMessage({}))).rcode).toBe('FORMERR');
    });
    it.each([
      ['AXFR', 252],
      ['IXFR', 251],
    ])('%s is refused', async (_what, code) => {
      expect((await sendTcp(rawMessage({ questions: [rawQuestion('rows.org', code)] }))).rcode).toMatch(/^(REFUSED|NOTIMP)$/);
    });
    it.each([
      ['IQUERY', 1],
      ['STATUS', 2],
      ['UPDATE', 5],
      ['DSO', 6],
      ['opcode 15', 15],
    ])('%s is not implemented', async (_what, opcode) => {
      const { rcode, octets } = await send(rawMessage({ flags: opcode << 11, questions: [questionOf('rows.org SOA')] }));
      expect(rcode).toMatch(/^(NOTIMP|REFUSED)$/);
      expect((octets.readUInt16BE(2) >> 11) & 15).toBe(opcode);
    });
    it.each(['AXFR', 'UPDATE'])('and the server goes on after %s', async () => {
      expect((await ask('web.rows.org A')).rcode).toBe('NOERROR');
    });
  });

  describe('RFC 4035, 5358, 8914, 4892', () => {
    it('DS is answered by the parent side, with authority', async () => {
      const { answer, flags } = await ask('child.rows.org DS');
      expect([answer.length, flags]).toEqual([1, header.qr | header.aa]);
    });
    it('a name below a cut is referred, without authority', async () => {
      const reply = await sendTcp(rawMessage({ questions: [questionOf('www.child.rows.org A')] }));
      expect([reply.rcode, reply.flags, reply.answer]).toEqual(['NOERROR', header.qr, []]);
      expect(reply.message.authorities.map(({ name, type: each }) => `${name} ${each}`)).toEqual(
        expect.arrayContaining([`child.rows.org ${type('NS')}`]),
      );
      expect(reply.additional).toHaveLength(24);
    });
    it.each(['elsewhere.net A', '. NS', 'org NS'])('%s is refused, without a referral upwards, and says why', async (question) => {
      const { rcode, message } = await ask(question, 0, rawOpt());
      expect([rcode, message.answers, message.authorities]).toEqual(['REFUSED', [], []]);
      const [error] = message.edns?.options ?? [];
      expect([error?.code, Buffer.from(error?.data ?? []).readUInt16BE(0)]).toEqual([15, 20]);
    });
    it('CHAOS is answered where it is configured, and refused elsewhere', async () => {
      const chaos = (name: string) => send(rawMessage({ questions: [rawQuestion(name, type('TXT'), 3)] }));
      expect((await chaos('version.bind')).rcode).toBe('NOERROR');
      expect((await chaos('version.server')).rcode).toBe('NOERROR');
      expect((await chaos('version.rows.org')).rcode).toBe('REFUSED');
    });
  });

  it('RFC 9460: the target of a service comes with its addresses', async () => {
    const { answer, additional } = await ask('service.rows.org SVCB');
    expect(answer).toEqual(['service.rows.org. 300 IN SVCB 1 web.rows.org. port=53']);
    expect(additional).toEqual(['web.rows.org. 300 IN A 192.0.2.80']);
  });

  it('RFC 1035: names in RDATA of the types that it defines are compressed, no others', async () => {
    const { octets } = await sendTcp(rawMessage({ questions: [questionOf('service.rows.org SVCB')] }));
    expect(octets.includes(rawName('web.rows.org'))).toBe(true);
    const alias = await ask('alias.rows.org CNAME');
    expect(alias.octets.indexOf(rawName('rows.org').subarray(0, -1), 30)).toBe(-1);
  });
});
