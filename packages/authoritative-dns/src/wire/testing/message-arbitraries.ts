import { type Address, ipv4FromNumber, ipv6FromBigInt } from '@seamark/common/model';
import fc from 'fast-check';

import type { DnsMessage, Edns } from '../message.ts';
import { recordTypes } from '../record-type.ts';
import type { RecordData, ResourceRecord } from '../resource-record.ts';
import { dnsNames } from './name-arbitraries.ts';
import { typedRdata } from './rdata-arbitraries.ts';

const decodedByField = new Set<number>([
  recordTypes.A,
  recordTypes.AAAA,
  recordTypes.NS,
  recordTypes.CNAME,
  recordTypes.PTR,
  recordTypes.SOA,
  recordTypes.MX,
  recordTypes.TXT,
  recordTypes.SRV,
]);

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const ipv4 = u32.map(ipv4FromNumber) as fc.Arbitrary<Address & number>;
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(ipv6FromBigInt);

const data: fc.Arbitrary<{ readonly code: number; readonly data: RecordData }> = fc.oneof(
  ipv4.map((address) => ({ code: 1, data: { type: 'A', address } as RecordData })),
  ipv6.map((address) => ({ code: 28, data: { type: 'AAAA', address } as RecordData })),
  fc
    .record({ type: fc.constantFrom('NS' as const, 'CNAME' as const, 'PTR' as const), target: dnsNames })
    .map((value) => ({ code: recordTypes[value.type], data: value })),
  fc
    .record({
      type: fc.constant('SOA' as const),
      mname: dnsNames,
      rname: dnsNames,
      serial: u32,
      refresh: u32,
      retry: u32,
      expire: u32,
      minimum: u32,
    })
    .map((value) => ({ code: 6, data: value })),
  fc.record({ type: fc.constant('MX' as const), preference: u16, exchange: dnsNames }).map((value) => ({ code: 15, data: value })),
  fc
    .record({ type: fc.constant('TXT' as const), strings: fc.array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 3 }) })
    .map((value) => ({ code: 16, data: value })),
  fc
    .record({ type: fc.constant('SRV' as const), priority: u16, weight: u16, port: u16, target: dnsNames })
    .map((value) => ({ code: 33, data: value })),
  fc
    .record({ code: fc.constantFrom(10, 1000, 65280), octets: fc.uint8Array({ maxLength: 80 }) })
    .map(({ code, octets }) => ({ code, data: { type: 'OPAQUE', octets } as RecordData })),
  typedRdata
    .filter(({ type }) => !decodedByField.has(type))
    .map(({ type, rdata }) => ({ code: type, data: { type: 'OPAQUE', octets: rdata } as RecordData })),
);

/** Records of every type of the codec and opaque ones. */
export const resourceRecords: fc.Arbitrary<ResourceRecord> = fc
  .record({ name: dnsNames, class: fc.constantFrom(1, 3, 255), ttl: u32, value: data })
  .map(({ name, class: recordClass, ttl, value }) => ({ name, type: value.code, class: recordClass, ttl, data: value.data }));

const edns: fc.Arbitrary<Edns> = fc.record({
  udpPayloadSize: u16,
  version: fc.integer({ min: 0, max: 255 }),
  dnssecOk: fc.boolean(),
  options: fc.array(fc.record({ code: u16, data: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 3 }),
});

/** Whole messages. */
export const dnsMessages: fc.Arbitrary<DnsMessage> = fc
  .record({
    id: u16,
    response: fc.boolean(),
    opcode: fc.integer({ min: 0, max: 15 }),
    authoritative: fc.boolean(),
    truncated: fc.boolean(),
    recursionDesired: fc.boolean(),
    recursionAvailable: fc.boolean(),
    authenticData: fc.boolean(),
    checkingDisabled: fc.boolean(),
    responseCode: fc.integer({ min: 0, max: 15 }),
    questions: fc.array(fc.record({ name: dnsNames, type: u16, class: u16 }), { maxLength: 2 }),
    answers: fc.array(resourceRecords, { maxLength: 6 }),
    authorities: fc.array(resourceRecords, { maxLength: 3 }),
    additionals: fc.array(resourceRecords, { maxLength: 3 }),
    extended: fc.option(fc.record({ edns, high: fc.integer({ min: 0, max: 255 }) }), { nil: undefined }),
  })
  .map(({ extended, ...message }) =>
    extended === undefined ? message : { ...message, responseCode: message.responseCode | (extended.high << 4), edns: extended.edns },
  );
