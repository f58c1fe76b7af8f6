import { formatAddress } from '@seamark/common/model';
import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dnsMessages, resourceRecords } from './testing/message-arbitraries.ts';
import { createQuery, type DnsMessage } from './message.ts';
import { decodeMessage } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import { recordTypeName } from './record-type.ts';
import type { ResourceRecord } from './resource-record.ts';

/** dns-packet does not escape labels and masks the class, so the comparison keeps to names and classes that it can hold. */
const plainText = /^[a-zA-Z0-9_*.-]*$/;
const namesOf = (record: ResourceRecord): string[] => [
  record.name,
  ...Object.values(record.data).filter((value) => typeof value === 'string'),
];
const comparable = resourceRecords.filter((record) => record.class === 1 && namesOf(record).every((name) => plainText.test(name)));

function asDnsPacketSays(record: ResourceRecord): unknown {
  const base = { name: record.name, ttl: record.ttl };
  const { data } = record;
  switch (data.type) {
    case 'A':
      return { ...base, type: 'A', data: formatAddress(data.address) };
    case 'AAAA':
      return { ...base, type: 'AAAA', data: data.address };
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return { ...base, type: data.type, data: data.target };
    case 'SOA': {
      const { type, ...fields } = data;
      return { ...base, type, data: fields };
    }
    case 'MX':
      return { ...base, type: 'MX', data: { preference: data.preference, exchange: data.exchange } };
    case 'TXT':
      return { ...base, type: 'TXT', data: data.strings.map((string) => [...string]) };
    case 'SRV':
      return { ...base, type: 'SRV', data: { priority: data.priority, weight: data.weight, port: data.port, target: data.target } };
    case 'OPAQUE':
      break;
  }
  return { ...base, type: recordTypeName(record.type), data: [...data.octets] };
}

function normalised(answer: dnsPacket.Answer): unknown {
  const { name, type, ttl, data } = answer as unknown as { name: string; type: string; ttl: number; data: unknown };
  const shown = { name, type: type.replace('UNKNOWN_', 'TYPE'), ttl };
  if (type === 'TXT') return { ...shown, data: (Array.isArray(data) ? data : [data]).map((string) => [...(string as Buffer)]) };
  if (Buffer.isBuffer(data)) return { ...shown, data: [...data] };
  if (type === 'AAAA') return { ...shown, data: BigInt(`0x${dnsPacketAddress(data as string)}`) };
  return { ...shown, data };
}

/** dns-packet prints IPv6 in its own form; compared as 128 bits. */
function dnsPacketAddress(text: string): string {
  const [head = '', tail = ''] = text.includes('::') ? text.split('::') : [text, ''];
  const groups = (part: string): string[] =>
    part === '' ? [] : part.split(':').flatMap((group) => (group.includes('.') ? dotted(group) : [group]));
  const left = groups(head);
  const right = groups(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
    .map((group) => group.padStart(4, '0'))
    .join('');
}

function dotted(text: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

describe('the codec against dns-packet', () => {
  it('is read by dns-packet as it was meant', () => {
    // dns-packet parses CAA, SSHFP and HINFO where we are opaque.
    const known = comparable.filter((record) => record.data.type !== 'OPAQUE' || record.type === 1000 || record.type === 65280);
    fc.assert(
      fc.property(fc.array(known, { maxLength: 6 }), fc.integer({ min: 0, max: 0xffff }), (answers, id) => {
        const question = { name: 'Web.example.org', type: 1, class: 1 };
        const message: DnsMessage = { ...createQuery(question, { id }), response: true, authoritative: true, answers };
        const decoded = dnsPacket.decode(Buffer.from(encodeMessage(message)));
        expect(decoded.id).toBe(id);
        expect(decoded.questions).toEqual([{ name: 'Web.example.org', type: 'A', class: 'IN' }]);
        expect((decoded.answers ?? []).map(normalised)).toEqual(answers.map(asDnsPacketSays));
      }),
      { numRuns: 300 },
    );
  });

  it('reads what dns-packet writes', () => {
    const octets = dnsPacket.encode({
      type: 'response',
      id: 99,
      flags: dnsPacket.AUTHORITATIVE_ANSWER,
      questions: [{ type: 'SRV', name: '_sip._tcp.example.org' }],
      answers: [
        { type: 'SRV', name: '_sip._tcp.example.org', ttl: 60, data: { priority: 1, weight: 2, port: 5060, target: 'sip.example.org' } },
      ],
      additionals: [
        { type: 'AAAA', name: 'sip.example.org', ttl: 60, data: '2001:db8::1' },
        { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: dnsPacket.DNSSEC_OK, options: [] } as unknown as dnsPacket.Answer,
      ],
    });
    const message = decodeMessage(octets);
    expect(message.answers[0]).toMatchObject({
      name: '_sip._tcp.example.org',
      type: 33,
      ttl: 60,
      data: { port: 5060, target: 'sip.example.org' },
    });
    expect(message.additionals[0]?.data).toEqual({ type: 'AAAA', address: 0x20010db8000000000000000000000001n });
    expect(message.edns).toEqual({ udpPayloadSize: 4096, version: 0, dnssecOk: true, options: [] });
  });

  it('accepts nothing that dns-packet refuses, octets changed at random', () => {
    fc.assert(
      fc.property(dnsMessages, fc.nat(400), fc.integer({ min: 0, max: 255 }), (message, at, octet) => {
        const octets = encodeMessage({ ...message, responseCode: message.responseCode & 15, edns: undefined });
        octets[at % octets.length] = octet;
        try {
          decodeMessage(octets);
        } catch {
          return;
        }
        const counts = [4, 6, 8, 10].map((offset) => Buffer.from(octets).readUInt16BE(offset));
        // Its decoders of types that are opaque here may refuse their content; the frame it must accept.
        fc.pre(message.answers.every((record) => record.data.type !== 'OPAQUE') && counts.every((count) => count < 100));
        const types = decodeMessage(octets);
        fc.pre([...types.answers, ...types.authorities, ...types.additionals].every((record) => record.data.type !== 'OPAQUE'));
        expect(() => dnsPacket.decode(Buffer.from(octets))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
