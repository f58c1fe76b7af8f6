import { dnsNameToWire } from '@seamark/common/model';
import fc from 'fast-check';

import type { FieldKind } from '../presentation/field-kind.ts';
import { eui48, eui64, ilnp64, ip4, ip6 } from '../presentation/kinds/addresses.ts';
import { addressPrefixes } from '../presentation/kinds/apl.ts';
import { base64, base64OrDash, base64OrNothing, hashedOwner, hex, nsap, salt } from '../presentation/kinds/blobs.ts';
import { amtRelay, ipsecKey } from '../presentation/kinds/gateway.ts';
import { hostIdentity } from '../presentation/kinds/hip.ts';
import { location } from '../presentation/kinds/loc.ts';
import { compressedName, expandedName, plainName } from '../presentation/kinds/names.ts';
import { algorithm, certificateType, dsyncScheme, seconds, time, uint16, uint32, uint64, uint8 } from '../presentation/kinds/numbers.ts';
import { caaTag, charString, charStrings, optionalCharString, restText, restTextNotEmpty } from '../presentation/kinds/strings.ts';
import { svcParams } from '../presentation/kinds/svc-params.ts';
import { sizedBase64, time48 } from '../presentation/kinds/transaction-keys.ts';
import { recordType, typeBitmap } from '../presentation/kinds/type-bitmap.ts';
import { checkRdata } from '../presentation/rdata-check.ts';
import { rdataFields, typesWithFields } from '../presentation/rdata-fields.ts';
import { joinOctets, uint16 as octetsOf16 } from '../rdata-encoder.ts';
import { dnsNames } from './name-arbitraries.ts';

type Octets = fc.Arbitrary<Uint8Array>;

const fixed = (octets: number): Octets => fc.uint8Array({ minLength: octets, maxLength: octets });
const some = (least: number, most = 60): Octets => fc.uint8Array({ minLength: least, maxLength: most });
const names: Octets = dnsNames.map((name) => dnsNameToWire(name));
const joined = (parts: readonly Octets[]): Octets => fc.tuple(...parts).map((all) => joinOctets(all));
const listOf = (part: Octets, least = 0): Octets => fc.array(part, { minLength: least, maxLength: 4 }).map((all) => joinOctets(all));
const sized = (content: Octets): Octets => content.map((octets) => joinOctets([Uint8Array.of(octets.length), octets]));
const sized16 = (content: Octets): Octets => content.map((octets) => joinOctets([octetsOf16(octets.length), octets]));
const string = sized(some(0, 255));
const alphanumeric = fc.constantFrom(...Buffer.from('abcXYZ019')).map((octet) => Uint8Array.of(octet));
const endsNonZero = (least: number, most: number): Octets =>
  some(least, most).map((octets) => octets.map((octet, at) => (at === octets.length - 1 ? octet | 1 : octet)));

const bitmap: Octets = fc
  .uniqueArray(fc.nat({ max: 255 }), { maxLength: 3 })
  .chain((windows) =>
    joined(
      windows
        .toSorted((a, b) => a - b)
        .map((window) => sized(endsNonZero(1, 32)).map((octets) => joinOctets([Uint8Array.of(window), octets]))),
    ),
  );

const prefix: Octets = fc
  .record({ ipv6: fc.boolean(), negated: fc.boolean(), address: endsNonZero(0, 4), length: fc.nat({ max: 32 }) })
  .map(({ ipv6, negated, address, length }) =>
    joinOctets([Uint8Array.of(0, ipv6 ? 2 : 1, length, (negated ? 0x80 : 0) | address.length), address]),
  );

const gateway = fc.oneof(
  fc.constant({ type: 0, octets: new Uint8Array(0) }),
  fixed(4).map((octets) => ({ type: 1, octets })),
  fixed(16).map((octets) => ({ type: 2, octets })),
  names.map((octets) => ({ type: 3, octets })),
);

const svcValues: Readonly<Record<number, Octets>> = {
  1: listOf(sized(some(1, 20)), 1),
  2: fc.constant(new Uint8Array(0)),
  3: fixed(2),
  4: listOf(fixed(4), 1),
  5: some(1),
  6: listOf(fixed(16), 1),
  7: some(1),
  8: fc.constant(new Uint8Array(0)),
  667: some(0),
  65534: some(0),
};
const parameters: Octets = fc.subarray(Object.keys(svcValues).map(Number)).chain((chosen) => {
  // no-default-alpn needs alpn (RFC 9460 7.1.1).
  const keys = chosen.includes(2) && !chosen.includes(1) ? [1, ...chosen] : chosen;
  const mandatory =
    keys.length === 0 ? [] : [fc.constant(joinOctets([octetsOf16(0), octetsOf16(keys.length * 2), ...keys.map(octetsOf16)]))];
  return joined([
    ...mandatory,
    ...keys.map((key) => sized16(svcValues[key] as Octets).map((value) => joinOctets([octetsOf16(key), value]))),
  ]);
});

/** Sizes of LOC whose first digit is zero have several forms, of which text keeps one. */
const size = fc
  .record({ mantissa: fc.integer({ min: 1, max: 9 }), exponent: fc.nat({ max: 9 }) })
  .map(({ mantissa, exponent }) => Uint8Array.of((mantissa << 4) | exponent));
const arc = (degrees: number): Octets =>
  fc.integer({ min: -degrees * 3_600_000, max: degrees * 3_600_000 }).map((value) => {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE(2 ** 31 + value);
    return octets;
  });

const octetsByKind = new Map<FieldKind, Octets>([
  [uint8, fixed(1)],
  [uint16, fixed(2)],
  [uint32, fixed(4)],
  [uint64, fixed(8)],
  [seconds, fixed(4)],
  [time, fixed(4)],
  [time48, fixed(6)],
  [algorithm, fixed(1)],
  [certificateType, fixed(2)],
  [dsyncScheme, fixed(1)],
  [recordType, fixed(2)],
  [ip4, fixed(4)],
  [ip6, fixed(16)],
  [eui48, fixed(6)],
  [eui64, fixed(8)],
  [ilnp64, fixed(8)],
  [compressedName, names],
  [expandedName, names],
  [plainName, names],
  [charString, string],
  [charStrings, listOf(string, 1)],
  [optionalCharString, fc.oneof(string, fc.constant(new Uint8Array(0)))],
  [caaTag, sized(listOf(alphanumeric, 1))],
  [restText, some(0, 300)],
  [restTextNotEmpty, some(1, 300)],
  [hex, some(1)],
  [base64, some(1)],
  [base64OrNothing, some(0)],
  [base64OrDash, some(0)],
  [nsap, some(1)],
  [salt, sized(some(0, 255))],
  [hashedOwner, sized(some(1, 255))],
  [sizedBase64, sized16(some(0))],
  [typeBitmap, bitmap],
  [addressPrefixes, listOf(prefix)],
  [svcParams, parameters],
  [location, joined([fc.constant(new Uint8Array(1)), size, size, size, arc(90), arc(180), fixed(4)])],
  [
    hostIdentity,
    fc
      .record({ hit: some(1), key: some(1), algorithm: fc.nat({ max: 255 }), servers: listOf(names) })
      .map(({ hit, key, algorithm: number, servers }) =>
        joinOctets([Uint8Array.of(hit.length, number), octetsOf16(key.length), hit, key, servers]),
      ),
  ],
  [
    ipsecKey,
    fc
      .record({ precedence: fc.nat({ max: 255 }), gateway, key: some(1) })
      .map(({ precedence, gateway: { type, octets }, key }) => joinOctets([Uint8Array.of(precedence, type, 2), octets, key])),
  ],
  [
    amtRelay,
    fc
      .record({ precedence: fc.nat({ max: 255 }), gateway, discovery: fc.boolean() })
      .map(({ precedence, gateway: { type, octets }, discovery }) =>
        joinOctets([Uint8Array.of(precedence, (discovery ? 0x80 : 0) | type), octets]),
      ),
  ],
]);

/** RDATA of one type, in uncompressed wire form, that is whole. Throws for a type whose fields are not known. */
export function rdataOf(type: number): Octets {
  const fields = rdataFields(type);
  if (fields === undefined) throw new Error(`type ${type} has no fields`);
  const parts = fields.map(({ label, kind }) => {
    const octets = octetsByKind.get(kind);
    if (octets === undefined) throw new Error(`no arbitrary octets for the field ${label} of type ${type}`);
    return octets;
  });
  return joined(parts).filter((rdata) => checkRdata(type, rdata) === undefined);
}

/** Types whose digests have a length by their kind, so that arbitrary octets are rarely whole. */
export const rarelyWhole: ReadonlySet<number> = new Set([43, 44, 59, 63, 32768, 32769]);

/** RDATA of any type with known fields. */
export const typedRdata: fc.Arbitrary<{ readonly type: number; readonly rdata: Uint8Array }> = fc
  .constantFrom(...typesWithFields.filter((type) => !rarelyWhole.has(type)))
  .chain((type) => rdataOf(type).map((rdata) => ({ type, rdata })));
