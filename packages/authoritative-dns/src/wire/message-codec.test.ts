import { parseAddress } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MalformedDnsError } from './malformed.ts';
import { dnsMessages, resourceRecords } from './testing/message-arbitraries.ts';
import { createQuery, type DnsMessage } from './message.ts';
import { decodeMessage } from './message-decoder.ts';
import { encodeMessage, encodeMessageInto } from './message-encoder.ts';
import { recordTypes } from './record-type.ts';
import type { ResourceRecord } from './resource-record.ts';

/** Typed arrays compare by content only when both are of one class; a decoder may hand out slices of a Buffer. */
const plain = (message: DnsMessage): unknown =>
  JSON.parse(
    JSON.stringify(message, (_key, value: unknown) =>
      value instanceof Uint8Array ? [...value] : typeof value === 'bigint' ? String(value) : value,
    ),
  );

const answer = (overrides: Partial<DnsMessage>): DnsMessage => ({
  ...createQuery({ name: 'Web.example.org', type: 1, class: 1 }, { id: 7 }),
  response: true,
  ...overrides,
});
const a = (name: string, address: string, ttl = 300): ResourceRecord =>
  ({ name, type: 1, class: 1, ttl, data: { type: 'A', address: parseAddress(address) } }) as ResourceRecord;

describe('the message codec', () => {
  it('decodes what it encoded, for messages of every type, case and length', () => {
    fc.assert(
      fc.property(dnsMessages, (message) => {
        expect(plain(decodeMessage(encodeMessage(message)))).toEqual(plain(message));
      }),
      { numRuns: 500 },
    );
  });

  it('never writes more than the limit, keeps OPT, and sets TC exactly when an answer or authority RRset is missing', () => {
    fc.assert(
      fc.property(dnsMessages, fc.integer({ min: 1, max: 6000 }), (message, limitOctets) => {
        let octets: Uint8Array;
        try {
          octets = encodeMessage(message, { limitOctets });
        } catch (error) {
          // The one reason to refuse: the questions and OPT alone are too long.
          expect(error).toBeInstanceOf(RangeError);
          expect(encodeMessage({ ...message, answers: [], authorities: [], additionals: [] }).length).toBeGreaterThan(limitOctets);
          return;
        }
        expect(octets.length).toBeLessThanOrEqual(limitOctets);
        const decoded = decodeMessage(octets);
        expect(plain({ ...decoded, truncated: false, answers: [], authorities: [], additionals: [] })).toEqual(
          plain({ ...message, truncated: false, answers: [], authorities: [], additionals: [] }),
        );
        const cut = decoded.answers.length < message.answers.length || decoded.authorities.length < message.authorities.length;
        expect(decoded.truncated).toBe(message.truncated || cut);
        if (cut) expect(decoded.additionals).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out whole RRsets, never a part of one', () => {
    const small = [a('one.example.org', '192.0.2.1'), a('one.example.org', '192.0.2.2')];
    const large = Array.from({ length: 50 }, (_, index) => a('two.example.org', `192.0.2.${index}`));
    const decoded = decodeMessage(encodeMessage(answer({ answers: [...small, ...large], additionals: small }), { limitOctets: 512 }));
    expect(decoded.answers).toEqual(small);
    expect(decoded.additionals).toEqual([]);
    expect(decoded.truncated).toBe(true);
  });

  it('drops additional records first, and without TC', () => {
    const answers = Array.from({ length: 27 }, (_, index) => a('web.example.org', `192.0.2.${index}`));
    const decoded = decodeMessage(
      encodeMessage(answer({ answers, additionals: answers.slice(0, 5).map((r) => ({ ...r, name: 'x.example.org' })) }), {
        limitOctets: 512,
      }),
    );
    expect(decoded.answers).toHaveLength(27);
    expect(decoded.additionals).toEqual([]);
    expect(decoded.truncated).toBe(false);
  });

  it('compresses owners and the RDATA names of RFC 1035, but not those of SRV', () => {
    const mx: ResourceRecord = {
      name: 'example.org',
      type: recordTypes.MX,
      class: 1,
      ttl: 1,
      data: { type: 'MX', preference: 10, exchange: 'mail.example.org' },
    };
    const srv: ResourceRecord = {
      name: 'example.org',
      type: recordTypes.SRV,
      class: 1,
      ttl: 1,
      data: { type: 'SRV', priority: 1, weight: 2, port: 3, target: 'mail.example.org' },
    };
    const bare = encodeMessage(createQuery({ name: 'example.org', type: 15, class: 1 })).length;
    const fixed = 2 + 10; // a pointer as owner, then type to RDLENGTH
    expect(encodeMessage({ ...createQuery({ name: 'example.org', type: 15, class: 1 }), answers: [mx] }).length).toBe(
      bare + fixed + 2 + 5 + 2,
    );
    expect(encodeMessage({ ...createQuery({ name: 'example.org', type: 33, class: 1 }), answers: [srv] }).length).toBe(
      bare + fixed + 6 + 18,
    );
  });

  it('compresses a message of thousands of names and still decodes to the same', () => {
    const answers = Array.from({ length: 2500 }, (_, index) => a(`n${index}.a.long.suffix.example.org`, '192.0.2.1'));
    const message = answer({ answers });
    expect(plain(decodeMessage(encodeMessage(message)))).toEqual(plain(message));
  });

  it('writes into a buffer that still holds the previous message', () => {
    fc.assert(
      fc.property(fc.array(dnsMessages, { minLength: 2, maxLength: 4 }), (messages) => {
        const buffer = new Uint8Array(65535);
        for (const message of messages) {
          const length = encodeMessageInto(buffer, message);
          expect(plain(decodeMessage(buffer.subarray(0, length)))).toEqual(plain(message));
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['an empty TXT', { type: 16, data: { type: 'TXT', strings: [] } }],
    ['a character-string of 256 octets', { type: 16, data: { type: 'TXT', strings: [new Uint8Array(256)] } }],
  ] as const)('refuses to encode %s', (_name, record) => {
    expect(() => encodeMessage(answer({ answers: [{ name: 'x', class: 1, ttl: 1, ...record }] }))).toThrow(RangeError);
  });

  it('refuses an extended response code without EDNS', () => {
    expect(() => encodeMessage(answer({ responseCode: 16 }))).toThrow(RangeError);
  });
});

describe('decoding of malformed messages', () => {
  // Headers that announce one question, answer, additional record, and two of those.
  const query = '000701000001000000000000';
  const response = '000780000000000100000000';
  const additional = '000701000000000000000001';
  const twoAdditionals = '000701000000000000000002';
  it.each([
    ['too_short', 11, '0007010000010000000000'],
    ['name_ends_early', 16, '00070100000100000000000003616263'],
    ['label_type', 12, `${query}40`],
    ['pointer_forward', 12, `${query}c00c00010001`],
    ['pointer_forward', 14, `${query}0161c01000010001`],
    ['record_ends_early', 13, `${query}000001`],
    ['rdata_length', 23, `${response}0000010001000000000003c00002`],
    ['rdata_length', 26, `${response}000005000100000000000401610000`],
    ['opt_owner', 12, `${additional}01610000290200000000000000`],
    ['opt_twice', 23, `${twoAdditionals}00002902000000000000000000290200000000000000`],
    ['opt_section', 12, `${response}0000290200000000000000`],
    ['opt_section', 12, '0007000000000000000100000000290200000000000000'],
    ['opt_options', 23, `${additional}000029020000000000000400030009`],
    ['trailing_octets', 17, `${query}00000100010a`],
  ] as const)('names the cause %s and the octet %i', (cause, offset, hex) => {
    const error = (() => {
      try {
        decodeMessage(Buffer.from(hex, 'hex'));
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(MalformedDnsError);
    expect(error).toMatchObject({ code: 'SM_DNS_MALFORMED', malformation: cause, offset });
  });

  it('ends at a long chain of pointers', () => {
    const hops = 500;
    // First an opaque record that carries the chain as its RDATA, then one whose owner is the end of the chain.
    const start = 12 + 5 + 11;
    const pointers = Buffer.alloc(hops * 2);
    pointers.writeUInt16BE(0xc00c, 0);
    for (let hop = 1; hop < hops; hop++) pointers.writeUInt16BE(0xc000 | (start + (hop - 1) * 2), hop * 2);
    const first = Buffer.concat([Buffer.from('00000a000100000000', 'hex'), Buffer.from([(hops * 2) >> 8, (hops * 2) & 0xff]), pointers]);
    const second = Buffer.alloc(12);
    second.writeUInt16BE(0xc000 | (start + (hops - 1) * 2), 0);
    const message = Buffer.concat([Buffer.from('000701000001000200000000', 'hex'), Buffer.from('0000010001', 'hex'), first, second]);
    expect(() => decodeMessage(message)).toThrow(expect.objectContaining({ malformation: 'pointer_chain' }) as Error);
  });

  it('throws nothing but the typed error for random octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), onlyTypedErrors), { numRuns: 3000 });
  });

  it('throws nothing but the typed error for messages with changed, cut and inserted octets', () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(2000), octet: fc.integer({ min: 0, max: 255 }), kind: fc.constantFrom('set', 'cut', 'insert') }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(dnsMessages, edits, (message, changes) => {
        const octets = [...encodeMessage(message)];
        for (const { at, octet, kind } of changes) {
          const place = at % octets.length;
          if (kind === 'set') octets[place] = octet;
          else if (kind === 'insert') octets.splice(place, 0, octet);
          else if (octets.length > 1) octets.splice(place, 1 + (octet % 8));
          if (octets.length === 0) octets.push(octet);
        }
        onlyTypedErrors(Uint8Array.from(octets));
      }),
      { numRuns: 3000 },
    );
  });

  it('encodes again whatever it could decode', () => {
    fc.assert(
      fc.property(resourceRecords, fc.nat(200), fc.integer({ min: 0, max: 255 }), (record, at, octet) => {
        const octets = encodeMessage(answer({ answers: [record] }));
        octets[at % octets.length] = octet;
        let decoded: DnsMessage;
        try {
          decoded = decodeMessage(octets);
        } catch {
          return;
        }
        expect(plain(decodeMessage(encodeMessage(decoded)))).toEqual(plain(decoded));
      }),
      { numRuns: 1000 },
    );
  });
});

function onlyTypedErrors(octets: Uint8Array): void {
  try {
    decodeMessage(octets);
  } catch (error) {
    if (!(error instanceof MalformedDnsError)) throw error;
  }
}
