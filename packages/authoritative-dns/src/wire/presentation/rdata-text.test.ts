import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { recordTypeName, recordTypes } from '../record-type.ts';
import { rarelyWhole, rdataOf } from '../testing/rdata-arbitraries.ts';
import { checkRdata, nameFromText, rdataFromText, rdataToText, recordFromText } from './index.ts';
import { rdataFields, typesWithFields } from './rdata-fields.ts';
import { recordSamples } from './testing/record-samples.ts';
import { TextLexer } from './text-lexer.ts';

const origin = nameFromText('example.org.', undefined) as Uint8Array;

/** Type and RDATA in hex, or what is wrong. */
function read(text: string): string {
  const record = recordFromText(text, origin);
  return record.ok ? `${recordTypeName(record.value.type)} ${Buffer.from(record.value.rdata).toString('hex')}` : record.problem;
}

/** The record as text that we write. */
function rewritten(text: string): string {
  const record = recordFromText(text, origin);
  if (!record.ok) throw new Error(`${text}: ${record.problem}`);
  return rdataToText(record.value.type, record.value.rdata);
}

describe('RDATA as text', () => {
  it.each(recordSamples)('%s is read, is whole on the wire, and is read again as it is written', (sample) => {
    const record = recordFromText(sample, origin);
    if (!record.ok) throw new Error(record.problem);
    const { type, rdata } = record.value;
    expect(checkRdata(type, rdata)).toBeUndefined();
    expect(read(`${recordTypeName(type)} ${rdataToText(type, rdata)}`)).toBe(read(sample));
  });

  it('has a sample of every type that can stand in a zone', () => {
    const sampled = new Set(recordSamples.map((sample) => sample.split(' ')[0]));
    const zoneTypes = Object.entries(recordTypes).filter(([, code]) => rdataFields(code) !== undefined && !(code >= 128 && code <= 255));
    expect(zoneTypes.map(([name]) => name).filter((name) => !sampled.has(name))).toEqual([]);
  });

  it.each(typesWithFields.filter((type) => !rarelyWhole.has(type)).map((type) => [recordTypeName(type), type] as const))(
    'any RDATA of %s comes back from its text',
    (_name, type) => {
      fc.assert(
        fc.property(rdataOf(type), (rdata) => {
          const text = rdataToText(type, rdata);
          expect(text).toMatch(/^[\x20-\x7e]*$/);
          const lexer = new TextLexer(text);
          lexer.next();
          const back = rdataFromText(type, lexer.fields, undefined);
          expect(back.ok ? Buffer.from(back.value).toString('hex') : back.problem).toBe(Buffer.from(rdata).toString('hex'));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('any octets of any type come back from their text, as RFC 3597 writes them when they are not of the type', () => {
    const types = fc.oneof(fc.constantFrom(...typesWithFields), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 80 }), (type, rdata) => {
        const text = rdataToText(type, rdata);
        const lexer = new TextLexer(text);
        lexer.next();
        const back = rdataFromText(type, lexer.fields, undefined);
        if (checkRdata(type, rdata) !== undefined) expect(text).toBe(`\\# ${rdata.length} ${Buffer.from(rdata).toString('hex')}`.trimEnd());
        else if (type !== recordTypes.LOC) expect(back.ok && Buffer.compare(back.value, rdata)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });

  it('never accepts RDATA that ends early, for any type', () => {
    for (const sample of recordSamples) {
      const record = recordFromText(sample, origin);
      if (!record.ok) throw new Error(record.problem);
      const { type, rdata } = record.value;
      for (let length = 0; length < rdata.length; length++) {
        const cut = rdata.slice(0, length);
        // A cut may fall between two items of a list or shorten what takes all the rest; then the text is that of the shorter RDATA.
        if (checkRdata(type, cut) === undefined && rdataFields(type) !== undefined) {
          expect(read(`${recordTypeName(type)} ${rdataToText(type, cut)}`)).toBe(
            `${recordTypeName(type)} ${Buffer.from(cut).toString('hex')}`,
          );
        } else expect(rdataToText(type, cut)).toMatch(/^\\#/);
      }
    }
  });
});

describe('what text is read as', () => {
  it.each([
    ['A 192.0.2.1', 'A c0000201'],
    ['a 192.0.2.1 ; comment', 'A c0000201'],
    ['TXT ( a\n "b" ; comment\n c )', 'TXT 016101620163'],
    ['TXT é', 'TXT 02c3a9'],
    ['MX 10 @', 'MX 000a076578616d706c65036f726700'],
    ['CAA 0 issue "letsencrypt.org"', 'CAA 000569737375656c657473656e63727970742e6f7267'],
    ['TYPE257 0 issue ";"', 'CAA 000569737375653b'],
    [String.raw`TYPE65280 \# 2 AB cd`, 'TYPE65280 abcd'],
    [String.raw`A \# 4 c0 00 02 01`, 'A c0000201'],
    ['SOA . . 1 1w2d3h4m5s 0 4294967295 1H', 'SOA 000000000001000c08a500000000ffffffff00000e10'],
    ['RRSIG A 5 1 0 4294967295 19700101000001 1 . AA==', 'RRSIG 0001050100000000ffffffff0000000100010000'],
  ])('%s', (text, octets) => {
    expect(read(text)).toBe(octets);
  });

  it('writes addresses, names, strings and blobs in one form', () => {
    expect(rewritten('AAAA 2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(rewritten('NS ns1')).toBe('ns1.example.org.');
    expect(rewritten('NS .')).toBe('.');
    expect(rewritten(String.raw`TXT a\"b \065`)).toBe(String.raw`"a\"b" "A"`);
    expect(rewritten('SVCB 1 . mandatory=port,alpn port=53 alpn=h2,h3')).toBe('1 . mandatory=alpn,port alpn="h2,h3" port=53');
    expect(rewritten('CERT PGP 0 0 AQID BA==')).toBe('3 0 0 AQIDBA==');
  });

  it.each([
    ['', 'is empty: write the type and its data, as in `CAA 0 issue "letsencrypt.org"`'],
    ['FOO 1', 'starts with "FOO", which is not a record type; write TYPEnnn for one without a name'],
    ['ANY x', 'has the type ANY, which cannot stand in a zone'],
    ['OPT', 'has the type OPT, which cannot stand in a zone'],
    ['A 192.0.2.1\nA 192.0.2.2', 'has more than one line: one record a text; wrap a long one in parentheses'],
    ['A', 'A: address is missing'],
    ['A 192.0.2.256', 'A: address "192.0.2.256" is not an IPv4 address'],
    ['A 192.0.02.1', 'A: address "192.0.02.1" is not an IPv4 address'],
    ['A 192.0.2.1 x', 'A: "x" is one word too many'],
    ['AAAA 192.0.2.1', 'AAAA: address "192.0.2.1" is not an IPv6 address'],
    ['MX 65536 mail', 'MX: preference "65536" is not a number from 0 to 65535'],
    ['MX 10', 'MX: exchange is missing'],
    ['NS a..b', 'NS: name "a..b" has an empty label: two dots in a row, or one at the start'],
    [`NS ${'a'.repeat(64)}`, `NS: name "${'a'.repeat(64)}" has a label of 64 octets; 63 is the most`],
    [String.raw`NS a\256`, String.raw`NS: name "a\256" has "\256", which is no escape: write \X, or \DDD up to 255`],
    ['TXT', 'TXT: text is missing'],
    [`TXT ${'a'.repeat(256)}`, 'TXT: text has 256 octets, and 255 is the most: split it into several strings "…" "…"'],
    ['TXT a"b"', 'TXT: text has a quote inside the word a"b": put a blank before it'],
    ['TXT "a', 'has a quote without its end on the same line, or a backslash at the end of the line'],
    ['DS 1 8 2 aabb', 'DS: a digest of type 2 has 32 octets, not 2'],
    ['TLSA 3 1 1 abc', 'TLSA: data is not hex: pairs of the digits 0-9 a-f'],
    ['DNSKEY 256 3 8 abc', 'DNSKEY: key is not base64: groups of four characters, padded with ='],
    [
      'RRSIG A 5 1 0 20230230000000 0 1 . AA==',
      'RRSIG: expiration "20230230000000" is not a time: YYYYMMDDHHmmSS in UTC, or seconds since 1970',
    ],
    ['SVCB 1 . port=1 port=2', 'SVCB: parameters has the key port twice'],
    ['SVCB 1 . mandatory=alpn', 'SVCB: parameters mandatory names alpn, which is not among the parameters'],
    ['SVCB 1 . no-default-alpn', 'SVCB: parameters no-default-alpn needs alpn beside it (RFC 9460 7.1.1)'],
    [String.raw`HTTPS \# 7 00010000020000`, String.raw`\# 7: HTTPS: parameters is not whole or not valid at octet 3`],
    ['SVCB 1 . alpn="h2",h3', String.raw`SVCB: parameters alpn has a quote within its value: quote all of it, or write \"`],
    ['SVCB 1 . alpn="h2","h3"', String.raw`SVCB: parameters alpn has a quote within its value: quote all of it, or write \"`],
    ['SVCB 1 . alpn=h"2"', String.raw`SVCB: parameters alpn has a quote within its value: quote all of it, or write \"`],
    ['SVCB 1 . alpn="h2"port=53', String.raw`SVCB: parameters alpn has a quote within its value: quote all of it, or write \"`],
    ['SVCB 1 . no-default-alpn=1', 'SVCB: parameters no-default-alpn takes no value'],
    [
      'SVCB 1 . key01=a',
      'SVCB: parameters "key01" is not a key: mandatory, alpn, no-default-alpn, port, ipv4hint, ech, ipv6hint, dohpath, ohttp, tls-supported-groups, or keyNNNNN',
    ],
    ['NSEC . A FOO', 'NSEC: types "FOO" is not a record type; write TYPEnnn for one without a name'],
    ['NULL x', String.raw`NULL has no text form of its own: write \# LENGTH HEX (RFC 3597)`],
    [String.raw`TYPE1000 \# 3 abcd`, String.raw`\# 3 is followed by 2 octets`],
    [String.raw`A \# 3 c00002`, String.raw`\# 3: A: address is not whole or not valid at octet 0`],
    ['LOC 91 N 0 E 0m', 'LOC: location latitude is not degrees [minutes [seconds]] N or S, at most 90 degrees'],
    ['APL 1:192.0.2.0/33', 'APL: prefixes "1:192.0.2.0/33" is not of the form [!]1:192.0.2.0/24 or [!]2:2001:db8::/32'],
    ['CAA 0 is-sue x', 'CAA: tag "is-sue" is not a tag: letters and digits only'],
    ['EUI48 00-00-5e-00-53', 'EUI48: address "00-00-5e-00-53" is not of the form xx-xx-xx-xx-xx-xx in hex'],
  ])('%s is refused: %s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  it('refuses a relative name without an origin', () => {
    const record = recordFromText('NS ns1', undefined);
    expect(record).toEqual({ ok: false, problem: 'NS: name is relative, and there is no origin: end it with a dot, or set $ORIGIN' });
  });
});
