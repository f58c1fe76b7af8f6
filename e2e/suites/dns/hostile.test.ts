import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { encode, type RecordType } from 'dns-packet';
import { unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fileZone } from './internet/served-zones.ts';
import { type DnsProcess, startDns } from './server/dns-process.ts';
import { engineRequirement, engines } from './server/engines.ts';
import { mutated, numbersFrom } from './server/mutations.ts';
import { wrongReply } from './server/reply-check.ts';
import { seen } from './server/steady-load.ts';
import { framed, splitFrames } from './server/tcp-connection.ts';
import { query } from './server/udp-asker.ts';

/** `npm run fuzz` asks for more. */
const packets = Number(process.env['SEAMARK_FUZZ_PACKETS'] ?? 100_000);
const streams = Number(process.env['SEAMARK_FUZZ_STREAMS'] ?? 3_000);
const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);
const mebibyte = 1 << 20;

const names = [
  'file.org',
  'web.file.org',
  'alias.file.org',
  'x.apps.file.org',
  'x.old.file.org',
  'big.file.org',
  'nothing.file.org',
  'x.org',
];
const types: readonly RecordType[] = ['A', 'AAAA', 'TXT', 'MX', 'SRV', 'SOA', 'CAA'];
const options = [
  [],
  [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] }],
  [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 4096,
      flags: 0x8000,
      options: [
        { code: 10, data: Buffer.from('0102030405060708', 'hex') },
        { code: 3, data: Buffer.alloc(0) },
        { code: 12, data: Buffer.alloc(20) },
      ],
    },
  ],
] as const;
const wellFormed = names.flatMap((name) =>
  types.flatMap((type) =>
    options.map((additionals) => encode({ type: 'query', id: 1, questions: [{ name, type }], additionals: additionals as never })),
  ),
);

describe.each(engines.filter((engine) => !unmet(`hostile input to the engine ${engine}`, engineRequirement(engine))))(
  `a running server with the engine %s under hostile input (seed ${seed})`,
  { timeout: 12 * 3_600_000 },
  (engine) => {
    let dns: DnsProcess;

    /** What a long run is made for: how much was done, and what it left in memory. */
    const say = (what: string, answers: number, memory: readonly [before: number, middle: number], startedMs: number): void => {
      const mebibytes = [...memory, dns.residentOctets()].map((octets) => (octets / mebibyte).toFixed(1)).join(' → ');
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      console.info(`${engine}: ${what}, ${answers} answers, ${mebibytes} MiB resident, ${dns.openFiles()} open files, ${seconds} s`);
    };

    beforeAll(async () => {
      dns = await startDns({
        corefile: (port) => `file.org:${port} {
    bind 127.0.0.1
    errors
    nsid server
    timeouts {
        read 2s
        idle 2s
    }
    cache
    file file.org.zone
}
`,
        files: { 'file.org.zone': fileZone },
        engine,
      });
    });
    afterAll(async () => {
      await dns?.[Symbol.asyncDispose]();
    });

    /** It is the same process, answers by UDP and TCP as ever, and has logged no fault of its own. */
    const expectWell = async (): Promise<void> => {
      expect(dns.process.child.exitCode).toBeNull();
      for (let attempt = 0; attempt < 3; attempt++) {
        const reply = await dns.asker.exchange(query('web.file.org', 'A'), 20_000);
        expect(reply === undefined ? 'no answer' : seen(reply, 'A')).toBe('NOERROR 192.0.2.80');
      }
      // Connections are counted per address of the client, so this one comes from another.
      const stream = await overTcp(framed(query('big.file.org', 'TXT', 7)), '127.0.0.9');
      expect(splitFrames(stream)[0]?.readUInt16BE(6)).toBe(12);
      expect(dns.process.output()).not.toMatch(/TypeError|RangeError|ReferenceError|SM_INTERNAL|unexpected/);
    };

    /**
     * Resolves when the server has come to the end of what was sent; it would otherwise be the kernel that is tested. ANY is answered
     * behind all else, where native threads answer most by themselves.
     */
    const fence = async (): Promise<void> => void (await dns.asker.exchange(query('web.file.org', 'ANY'), 1_000));

    const open = async (localAddress = '127.0.0.1'): Promise<Socket> => {
      const socket = connect({ port: dns.port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };

    /** Sends a stream and closes that direction; resolves with all that comes until the server closes, too. */
    const overTcp = async (stream: Buffer, localAddress?: string): Promise<Buffer> => {
      const socket = await open(localAddress);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(stream);
      await closed;
      return Buffer.concat(chunks);
    };

    it(`answers ${packets} mutated packets well-formed, or not at all`, async () => {
      const random = numbersFrom(seed);
      const startedMs = performance.now();
      const before = dns.residentOctets();
      const wrong: string[] = [];
      let replies = 0;
      dns.asker.listen((reply) => {
        replies++;
        const problem = wrongReply(reply, 1232);
        if (problem !== undefined && wrong.length < 20) wrong.push(`${problem}: ${reply.toString('hex')}`);
      });
      let middle = before;
      for (let sent = 0; sent < packets;) {
        for (let burst = Math.min(64, packets - sent); burst > 0; burst--, sent++)
          dns.asker.send(mutated(wellFormed[random(wellFormed.length)] as Buffer, random));
        if (sent >= packets / 2 && middle === before) middle = dns.residentOctets();
        await fence();
      }
      dns.asker.listen(undefined);
      say(`${packets} mutated packets`, replies, [before, middle], startedMs);
      expect(wrong).toEqual([]);
      expect(replies).toBeGreaterThan(packets / 4);
      // The first half fills what is filled once.
      expect(dns.residentOctets() - middle).toBeLessThan(48 * mebibyte);
      await expectWell();
    });

    it(`answers ${streams} mutated streams with whole answers, and closes them`, async () => {
      const random = numbersFrom(seed + 1);
      const startedMs = performance.now();
      const before = dns.residentOctets();
      const wrong: string[] = [];
      const files = dns.openFiles();
      let replies = 0;
      const one = async (index: number): Promise<void> => {
        const queries = Array.from({ length: 1 + random(5) }, () => framed(wellFormed[random(wellFormed.length)] as Buffer));
        const stream = mutated(Buffer.concat(queries), random);
        // Ports of an address are soon used up, those that wait for late segments included.
        const back = await overTcp(stream, `127.1.${(index >> 8) & 255}.${index & 255}`);
        const messages = splitFrames(back);
        replies += messages.length;
        const rest = messages.reduce((octets, message) => octets - message.length - 2, back.length);
        const problems = messages.map((message) => wrongReply(message, 65_535)).filter((problem) => problem !== undefined);
        if (rest > 0) problems.push(`${rest} octets of an unfinished answer`);
        if (problems.length > 0 && wrong.length < 20)
          wrong.push(`${problems.join()}: ${back.toString('hex')} to ${stream.toString('hex')}`);
      };
      let middle = 0;
      for (let opened = 0; opened < streams; opened += 25) {
        await Promise.all(Array.from({ length: 25 }, (_, index) => one(opened + index)));
        if (opened >= streams / 2 && middle === 0) middle = dns.residentOctets();
      }
      say(`${streams} mutated streams`, replies, [before, middle], startedMs);
      expect(wrong).toEqual([]);
      expect(replies).toBeGreaterThan(streams);
      expect(dns.residentOctets() - middle).toBeLessThan(48 * mebibyte);
      await expect.poll(() => dns.openFiles()).toBeLessThanOrEqual(files + 1);
      await expectWell();
    });

    it('keeps answering others while slow connections trickle, and ends those', async () => {
      const files = dns.openFiles();
      const stream = framed(query('web.file.org', 'A', 9));
      const sockets = await Promise.all(Array.from({ length: 200 }, () => open()));
      let closed = 0;
      for (const socket of sockets) {
        socket.on('close', () => closed++);
        socket.resume();
      }
      // One octet at a time and never a whole question: the time without a question counts, not that without an octet.
      const trickle = setInterval(() => {
        for (const socket of sockets) if (!socket.destroyed && socket.bytesWritten < stream.length - 2) socket.write(stream.subarray(0, 1));
      }, 500);
      try {
        await expectWell();
        await expect.poll(() => closed, { timeout: 60_000 }).toBe(sockets.length);
      } finally {
        clearInterval(trickle);
        for (const socket of sockets) socket.destroy();
      }
      await expect.poll(() => dns.openFiles()).toBeLessThanOrEqual(files + 1);
      await expectWell();
    });

    it('keeps answering others while connections ask and do not read', async () => {
      const before = dns.residentOctets();
      const stream = Buffer.concat(Array.from({ length: 2_000 }, (_, id) => framed(query('big.file.org', 'TXT', id))));
      const sockets = await Promise.all(Array.from({ length: 20 }, () => open()));
      try {
        for (const socket of sockets) {
          socket.pause();
          socket.write(stream);
        }
        await delay(1_000);
        await expectWell();
        // 20 × 2,000 answers of 3 kB are 120 MB; what waits is bounded by what the server lets wait.
        expect(dns.residentOctets() - before).toBeLessThan(96 * mebibyte);
      } finally {
        for (const socket of sockets) socket.destroy();
      }
      await expectWell();
    });

    it(`does not grow under ${packets} random names`, async () => {
      const random = numbersFrom(seed + 2);
      const startedMs = performance.now();
      const before = dns.residentOctets();
      const label = (): string => random(2 ** 31).toString(36) + random(2 ** 31).toString(36);
      const kinds = [
        () => `${label()}.file.org`,
        () => `${label()}.${label()}.apps.file.org`,
        () => `${label()}.old.file.org`,
        () => `${label()}.web.file.org`,
        () => `${label()}.example.net`,
      ];
      let replies = 0;
      let wrong = 0;
      dns.asker.listen((reply) => {
        replies++;
        if (![0, 3, 5].includes(reply.readUInt8(3) & 15)) wrong++;
      });
      let early = 0;
      for (let sent = 0; sent < packets;) {
        for (let burst = Math.min(64, packets - sent); burst > 0; burst--, sent++)
          dns.asker.send(query((kinds[sent % kinds.length] as () => string)(), types[random(types.length)] as string, sent & 0x7fff));
        if (sent >= packets / 4 && early === 0) early = dns.residentOctets();
        await fence();
      }
      dns.asker.listen(undefined);
      say(`${packets} random names`, replies, [before, early], startedMs);
      expect(wrong).toBe(0);
      expect(replies).toBeGreaterThan(packets * 0.99);
      expect(dns.residentOctets() - early).toBeLessThan(48 * mebibyte);
      await expectWell();
    });
  },
);
