import { dnsNameFromWire } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MalformedDnsError } from './malformed.ts';
import { dnsMessages } from './testing/message-arbitraries.ts';
import { createQuery } from './message.ts';
import { decodeMessage } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import { QueryView, readQuery } from './query-reader.ts';

const view = new QueryView();
const nameOf = (): string => dnsNameFromWire(view.name.subarray(0, view.nameLength));

describe('readQuery', () => {
  it('finds what the full decoder finds', () => {
    fc.assert(
      fc.property(dnsMessages, (message) => {
        const octets = encodeMessage(message);
        expect(readQuery(octets, view)).toBeUndefined();
        expect(view.questions).toBe(message.questions.length);
        if (message.questions.length === 1) {
          const [question] = message.questions;
          // Lower-casing of the text is right as well: an escape has no letters.
          expect(nameOf()).toBe(question?.name.toLowerCase());
          expect([view.type, view.class]).toEqual([question?.type, question?.class]);
          expect(view.labels).toBe([...view.labelStarts.subarray(0, view.labels)].length);
        }
        expect(view.hasEdns).toBe(message.edns !== undefined);
        if (message.edns !== undefined) {
          expect([view.udpPayloadSize, view.ednsVersion, view.dnssecOk]).toEqual([
            message.edns.udpPayloadSize,
            message.edns.version,
            message.edns.dnssecOk,
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the full decoder on what is malformed in the frame of a query, whatever octet is changed', () => {
    const query = encodeMessage(
      createQuery(
        { name: 'web.example.org', type: 1, class: 1 },
        { edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [{ code: 10, data: new Uint8Array(8) }] } },
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(query.length - 1), octet: fc.integer({ min: 0, max: 255 }) }), { maxLength: 3 }),
        fc.nat(3),
        (edits, cut) => {
          const octets = query.slice(0, query.length - cut);
          for (const { at, octet } of edits) octets[Math.min(at, octets.length - 1)] = octet;
          const cause = readQuery(octets, view);
          let thrown: unknown;
          try {
            decodeMessage(octets);
          } catch (error) {
            thrown = error;
          }
          if (cause !== undefined) expect(thrown).toBeInstanceOf(MalformedDnsError);
          // RDATA of records in a query is not looked at, so there the full decoder may know more.
          else if (thrown !== undefined)
            expect(thrown).toMatchObject({
              malformation: expect.stringMatching(/rdata_length|rdata_content|name_|pointer_|label_/) as string,
            });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('refuses an OPT that stands among answers or authorities (RFC 6891 6.1.1), also beside one at its place', () => {
    const query = encodeMessage(createQuery({ name: 'web.example.org', type: 1, class: 1 }));
    const opt = Buffer.from('0000290200000000000000', 'hex');
    for (const [counts, records] of [
      [[1, 0, 0], [opt]],
      [[0, 1, 0], [opt]],
      [
        [1, 0, 1],
        [opt, opt],
      ],
    ] as const) {
      const octets = Buffer.concat([query, ...records]);
      for (const [index, count] of counts.entries()) octets.writeUInt16BE(count, 6 + index * 2);
      expect(readQuery(octets, view)).toBe('opt_section');
      expect(() => decodeMessage(octets)).toThrow(expect.objectContaining({ malformation: 'opt_section', offset: query.length }) as Error);
    }
  });

  it('returns a cause and never throws for random octets behind a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 400 }), (octets) => {
        expect(() => readQuery(octets, view)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });
});
