import { describe, expect, it } from 'vitest';

import { authoritativeChain } from '../authoritative-chain.ts';
import { indexOf } from '../testing/ask.ts';
import { testClient } from '../testing/client.ts';
import { mutated, numbersFrom } from '../testing/mutations.ts';
import { edns, queryFor } from '../testing/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { ServerCookies } from './cookies/server-cookies.ts';
import { Pipeline } from './pipeline.ts';

/** `npm run fuzz` asks for more. */
describe('mutated packets', () => {
  const count = Number(process.env['SEAMARK_FUZZ_PACKETS'] ?? 100_000);
  const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);
  const zones = indexOf({
    'org/example/web/1': { host: '192.0.2.1', targetstrip: 1 },
    'org/example/alias/1': { host: 'web.example.org', targetstrip: 1 },
    'org/example/apps/*/1': { host: '192.0.2.77', targetstrip: 1 },
    'org/example/_tcp/_sip/1': { host: 'web.example.org', port: 5061, targetstrip: 1 },
    ...Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`org/example/many/${n}`, { host: `192.0.2.${n}`, targetstrip: 1 }])),
  });
  const options = [
    { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { code: 12, data: new Uint8Array(30) },
    { code: 11, data: new Uint8Array(0) },
  ];
  const base = [
    'web.example.org A',
    'alias.example.org AAAA',
    'x.apps.example.org A',
    '_sip._tcp.example.org SRV',
    'many.example.org A',
    'nothing.example.org ANY',
  ].flatMap((question) => [undefined, edns(), edns(options)].map((queryEdns) => queryFor(question, queryEdns)));

  it(`get a well-formed answer with their ID and their question, or none (${count} packets, seed ${seed})`, { timeout: 3_600_000 }, () => {
    const random = numbersFrom(seed);
    const pipeline = new Pipeline({ chain: authoritativeChain(zones), cookies: new ServerCookies() });
    const clients = (['udp', 'tcp', 'tls', 'https'] as const).map((transport) => testClient(transport));
    const out = new Uint8Array(65_535);
    let answered = 0;
    for (let n = 0; n < count; n++) {
      const packet = mutated(base[n % base.length] as Buffer, random);
      const client = clients[random() % clients.length] as (typeof clients)[number];
      const length = pipeline.answer(packet, client, out) as number;
      if (length === 0) continue;
      answered++;
      const message = decodeMessage(out.subarray(0, length));
      const isWrong =
        !message.response ||
        message.id !== packet.readUInt16BE(0) ||
        length > (client.transport === 'udp' ? 1232 : 65_535) ||
        (message.questions.length === 1 && Buffer.compare(out.subarray(12, 17), packet.subarray(12, 17)) !== 0);
      if (isWrong) throw new Error(`a wrong answer to ${packet.toString('hex')} over ${client.transport}`);
    }
    expect(pipeline.faults.count).toBe(0);
    expect(answered).toBeGreaterThan(count / 2);
  });
});
