import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MalformedDnsError, malformedCauses } from './malformed.ts';
import { decodeMessage } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import { createQuery } from './message.ts';
import { QueryView, readQuery } from './query-reader.ts';
import { dnsMessages } from './testing/message-arbitraries.ts';
import { mutate, randomNumbers } from './testing/mutations.ts';

// `npm run fuzz` asks for more.
const packets = Number(process.env['SEAMARK_FUZZ_PACKETS'] ?? 50_000);
const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);

const responses = fc.sample(dnsMessages, { numRuns: 300, seed }).map((message) => encodeMessage(message));
const queries = [1, 28, 255, 65535].flatMap((type) =>
  ['.', 'example.org', 'a.b.c.d.e.f.example.org', Array.from({ length: 127 }, () => 'a').join('.')].map((name) =>
    encodeMessage(
      createQuery(
        { name, type, class: 1 },
        { edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [{ code: 10, data: new Uint8Array(8) }] } },
      ),
    ),
  ),
);

describe(`${packets} mutated packets of seed ${seed}`, () => {
  it('are decoded to a message that can be encoded again and reads the same, or refused with a place within the packet', () => {
    const random = randomNumbers(seed);
    const seen = new Set<string>();
    for (let count = 0; count < packets; count++) {
      const packet = mutate(responses[random(responses.length)] as Uint8Array, responses[random(responses.length)] as Uint8Array, random);
      try {
        const message = decodeMessage(packet);
        // Not every message that can be read fits when it is written: its names may have been compressed better.
        if (packet.length < 4000 && count % 16 === 0) {
          const again = decodeMessage(encodeMessage(message));
          if (JSON.stringify(again, asText) !== JSON.stringify(message, asText)) expect(again, `packet ${count}`).toEqual(message);
        }
      } catch (error) {
        if (!(error instanceof MalformedDnsError))
          throw new Error(`packet ${count}: ${Buffer.from(packet).toString('hex')}`, { cause: error });
        if (!(error.offset >= 0 && error.offset <= packet.length))
          throw new Error(`packet ${count}: offset ${error.offset}`, { cause: error });
        seen.add(error.malformation);
      }
    }
    // All causes but three are met by chance; a chain of pointers, a second OPT and a misplaced one take a packet made for them.
    const met = new Set([...seen, 'pointer_chain', 'opt_twice', 'opt_section']);
    if (packets >= 50_000) expect(malformedCauses.filter((cause) => !met.has(cause))).toEqual([]);
  }, 7_200_000);

  it('are read as queries or refused with a cause, with no octet outside the packet looked at', () => {
    const random = randomNumbers(seed + 1);
    const view = new QueryView();
    for (let count = 0; count < packets; count++) {
      const from = random(3) === 0 ? responses : queries;
      const packet = mutate(from[random(from.length)] as Uint8Array, queries[random(queries.length)] as Uint8Array, random);
      if (packet.length < 12) continue;
      const cause = readQuery(packet, view);
      // In a larger buffer whose other octets differ, the same packet must read the same.
      const surrounded = Buffer.alloc(packet.length + 300, 0xa5);
      surrounded.set(packet, 7);
      const name = Buffer.from(view.name.subarray(0, view.nameLength)).toString('hex');
      expect(readQuery(surrounded.subarray(7, 7 + packet.length), view)).toBe(cause);
      if (cause === undefined) {
        if (Buffer.from(view.name.subarray(0, view.nameLength)).toString('hex') !== name) throw new Error(`packet ${count}: another name`);
        if (view.questions === 1 && (view.nameLength > 255 || view.labels > 127))
          throw new Error(`packet ${count}: name of ${view.nameLength}`);
      } else if (!malformedCauses.includes(cause)) throw new Error(`packet ${count}: ${cause as string}`);
    }
  }, 7_200_000);
});

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
