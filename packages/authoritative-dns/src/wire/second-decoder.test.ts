import { dnsNameToWire } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createQuery } from './message.ts';
import { decodeMessage } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import { encodeRecordData, joinOctets, uint16, uint32 } from './rdata-encoder.ts';
import { rdataLayout } from './rdata-layout.ts';
import { rdataFields, typesWithFields } from './presentation/rdata-fields.ts';
import { recordTypeName, recordTypes } from './record-type.ts';
import type { ResourceRecord } from './resource-record.ts';
import { dnsMessages } from './testing/message-arbitraries.ts';
import { typedRdata } from './testing/rdata-arbitraries.ts';
import { type PlainRecord, secondDecode } from './testing/second-decoder.ts';

function plain(record: ResourceRecord): PlainRecord {
  return {
    name: Buffer.from(dnsNameToWire(record.name)).toString('hex'),
    type: record.type,
    class: record.class,
    ttl: record.ttl,
    rdata: Buffer.from(encodeRecordData(record.data)).toString('hex'),
  };
}

describe('the codec against a second decoder', () => {
  it('writes what the second decoder reads, in every section and of every type', () => {
    fc.assert(
      fc.property(dnsMessages, (message) => {
        const [answers, authorities, additionals] = secondDecode(encodeMessage(message));
        expect(answers).toEqual(message.answers.map(plain));
        expect(authorities).toEqual(message.authorities.map(plain));
        expect(additionals?.filter(({ type }) => type !== recordTypes.OPT)).toEqual(message.additionals.map(plain));
      }),
      { numRuns: 500 },
    );
  });

  it('reads the names in RDATA that another sender compressed, for every type that RFC 3597 section 4 names', () => {
    const octets = encodeMessage(createQuery({ name: 'mail.example.org', type: 1, class: 1 }));
    const pointer = Buffer.from([0xc0, 12]);
    const expanded = dnsNameToWire('mail.example.org');
    for (const type of typesWithFields) {
      const layout = rdataLayout(type);
      if (layout === undefined) continue;
      const tail = type === recordTypes.SOA ? Buffer.alloc(20) : type === recordTypes.SIG ? Buffer.from([1, 2, 3]) : Buffer.alloc(0);
      const around = (name: Uint8Array): Uint8Array =>
        joinOctets([
          Buffer.alloc(layout.prefixOctets),
          ...Array.from({ length: layout.strings }, () => Buffer.from([1, 0x61])),
          ...Array.from({ length: layout.names }, () => name),
          tail,
        ]);
      const compressed = around(pointer);
      const message = joinOctets([octets, pointer, uint16(type), uint16(1), uint32(60), uint16(compressed.length), compressed]);
      message[7] = 1; // one answer
      const [record] = decodeMessage(message).answers;
      expect(Buffer.from(encodeRecordData((record as ResourceRecord).data)).toString('hex'), recordTypeName(type)).toBe(
        Buffer.from(around(expanded)).toString('hex'),
      );
      expect(secondDecode(message)[0]?.[0]?.rdata).toBe(Buffer.from(around(expanded)).toString('hex'));
    }
  });

  it('compresses the names of RFC 1035 types only, and knows the names of every type that the field table says to expand', () => {
    const expected = typesWithFields.flatMap((type) => {
      const names = (rdataFields(type) ?? []).filter(({ kind }) => kind.compression === 'both' || kind.compression === 'receive');
      return names.length === 0 ? [] : [[recordTypeName(type), names.length, names[0]?.kind.compression === 'both']];
    });
    expect(
      typesWithFields.flatMap((type) => {
        const layout = rdataLayout(type);
        return layout === undefined ? [] : [[recordTypeName(type), layout.names, layout.compress]];
      }),
    ).toEqual(expected);
  });

  it('refuses RDATA of a known type that is cut, at any octet of the message, as dig and BIND do', () => {
    fc.assert(
      fc.property(typedRdata, fc.nat(), ({ type, rdata }, cut) => {
        fc.pre(rdata.length > 0);
        const base = createQuery({ name: 'a', type: 1, class: 1 });
        const whole = encodeMessage({ ...base, answers: [{ name: 'a', type, class: 1, ttl: 1, data: { type: 'OPAQUE', octets: rdata } }] });
        const octets = whole.slice(0, whole.length - 1 - (cut % rdata.length));
        expect(() => decodeMessage(octets)).toThrow(expect.objectContaining({ code: 'SM_DNS_MALFORMED' }));
      }),
    );
  });
});
