import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '@seamark/common/errors';
import { temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, test } from 'vitest';

import { formatZoneProblem } from '../../zonefile/index.ts';
import { loadZoneFile } from './load-zone-file.ts';

const soa = '@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n';
const head = `$TTL 300\n${soa}@ NS ns1\nns1 A 192.0.2.1\n`;

/** What the log or the error says of a zone file `zone`, each complaint in a line. */
async function complaintsOf(
  text: string | Buffer,
  zone = 'example.org.',
): Promise<{ readonly isTaken: boolean; readonly complaints: string }> {
  writeFileSync(join(folder.path, 'zone'), text);
  const here = (said: string): string => said.replaceAll(`${folder.path}/`, '');
  try {
    const { warnings } = await loadZoneFile(join(folder.path, 'zone'), zone);
    return { isTaken: true, complaints: here(warnings.map((warning) => formatZoneProblem(warning)).join('\n')) };
  } catch (error) {
    return { isTaken: false, complaints: here(messageOf(error)) };
  }
}

const folder = temporaryFolder('zone-file-messages');
afterAll(() => folder[Symbol.dispose]());
writeFileSync(join(folder.path, 'loop'), '$INCLUDE loop\n');
writeFileSync(join(folder.path, 'bad'), '\nx A 1.2.3\n');

describe('a zone file that is refused says where, what, and how to mend it', () => {
  test.each<readonly [why: string, text: string | Buffer, complaint: string]>([
    ['empty', '', 'zone:1: error: the zone example.org. has no SOA: add one'],
    ['without SOA', '$TTL 300\n@ NS ns1\n', 'zone:1: error: the zone example.org. has no SOA: add one'],
    [
      'with two SOA',
      `${head}@ SOA ns1 hostmaster 2 7200 3600 1209600 300\n`,
      'zone:5: error: example.org. has 2 SOA records, the first on line 2: keep one',
    ],
    [
      'of another zone',
      `$ORIGIN example.net.\n${head}`,
      'zone:3: error: the SOA is that of example.net., and the zone is example.org.: correct the one or the other',
    ],
    [
      'whose $ORIGIN lacks its dot',
      `$ORIGIN example.org\n${head}`,
      'zone:3: error: the SOA is that of example.org.example.org., and the zone is example.org.: names without a final dot are relative to the origin',
    ],
    ['with a bad A', `${head}a A 192.0.2.256\n`, 'zone:5: error: A: address "192.0.2.256" is not an IPv4 address'],
    ['with a bad AAAA', `${head}a AAAA 2001:db8::g\n`, 'zone:5: error: AAAA: address "2001:db8::g" is not an IPv6 address'],
    ['with a bad MX', `${head}a MX mail\n`, 'zone:5: error: MX: preference "mail" is not a number from 0 to 65535'],
    ['with a bad SRV', `${head}_s._tcp SRV 0 0 www\n`, 'zone:5: error: SRV: port "www" is not a number from 0 to 65535'],
    ['with a short SOA', '$TTL 300\n@ SOA ns1 host 1 7200 3600\n', 'zone:2: error: SOA: expire is missing'],
    ['with a bad DS', `${head}a DS 1 13 2 zz\n`, 'zone:5: error: DS: digest is not hex: pairs of the digits 0-9 a-f'],
    [
      'with a bad DNSKEY',
      `${head}@ DNSKEY 256 3 13 !!!\n`,
      'zone:5: error: DNSKEY: key is not base64: groups of four characters, padded with =',
    ],
    ['with a bad CAA', `${head}a CAA 0 issue\n`, 'zone:5: error: CAA: value is missing'],
    [
      'with too long a string',
      `${head}a TXT "${'x'.repeat(256)}"\n`,
      'zone:5: error: TXT: text has 256 octets, and 255 is the most: split it into several strings "…" "…"',
    ],
    [
      'with an open quote',
      `${head}a TXT "abc\nb A 192.0.2.3\n`,
      'zone:5: error: the entry has a quote without its end on the same line, or a backslash at the end of the line',
    ],
    ['with an open parenthesis', `${head}a TXT ( "a"\n"b"\n`, 'zone:5: error: the entry has a "(" without a ")" up to the end'],
    ['with a mistyped type', `${head}a CNMAE b\n`, 'zone:5: error: "CNMAE" is not a record type; did you mean CNAME?'],
    ['with an unknown type', `${head}a QUUX b\n`, 'zone:5: error: "QUUX" is not a record type; write TYPEnnn for one without a name'],
    [
      'without TTL',
      `@ NS ns1\n${soa}`,
      'zone:1: error: the record has no TTL, and none stands before it: write $TTL SECONDS at the start of the file',
    ],
    ['with a bad TTL', `${head}a 12x A 192.0.2.1\n`, 'zone:5: error: "12x" is not a TTL: seconds up to 2147483647, or like 1h30m'],
    ['that includes nothing', `${head}$INCLUDE none\n`, 'zone:5: error: $INCLUDE: none cannot be read: ENOENT'],
    ['that includes a mistake', `${head}$INCLUDE bad\n`, 'bad:2: error: A: address "1.2.3" is not an IPv4 address'],
    ['that includes itself', `${head}$INCLUDE loop\n`, 'loop:1: error: $INCLUDE: loop would include itself: take the line out'],
    ['that generates no range', `${head}$GENERATE a$ A 192.0.2.$\n`, 'zone:5: error: $GENERATE: "a$" is not a range like 1-254 or 0-100/5'],
    [
      'that generates too much',
      `${head}$GENERATE 250-260 a$ A 192.0.2.$\n`,
      'zone:5: error: $GENERATE at 256: A: address "192.0.2.256" is not an IPv4 address',
    ],
    [
      'with a directive that is none',
      `${head}$ORIGEN a.\n`,
      'zone:5: error: $ORIGEN is not a directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are (an owner that starts with $ is written \\$)',
    ],
    ['with a long label', `${head}${'a'.repeat(64)} A 192.0.2.2\n`, 'has a label of 64 octets; 63 is the most'],
    ['with a long name', `${head}${`${'a'.repeat(60)}.`.repeat(4)}${'x'.repeat(10)} A 192.0.2.2\n`, 'is longer than 255 octets'],
    [
      'with an empty label',
      `${head}a..b A 192.0.2.2\n`,
      'zone:5: error: the owner "a..b" has an empty label: two dots in a row, or one at the start',
    ],
    ['that starts with a blank', ` A 192.0.2.2\n${head}`, 'zone:1: error: the record starts with a blank, and no owner stands before it'],
    [
      'of two classes',
      `${head}a CH A 192.0.2.2\n`,
      'zone:5: error: the zone has class IN, the record CH: leave the class out, or correct it',
    ],
    ['with too much data', `${head}a A 192.0.2.2 192.0.2.3\n`, 'zone:5: error: A: "192.0.2.3" is one word too many'],
    ['in UTF-16', Buffer.from(`\uFEFF${head}`, 'utf16le'), 'zone:1: error: the file is UTF-16: save it as UTF-8'],
  ])('%s', async (_why, text, complaint) => {
    const { isTaken, complaints } = await complaintsOf(text);
    expect(complaints).toContain(complaint);
    expect(isTaken).toBe(false);
  });

  test('with all its mistakes, up to five', async () => {
    const { complaints } = await complaintsOf(`${head}${'a A 1\n'.repeat(7)}`);
    expect(complaints.split('; ').map((part) => part.slice(0, 7))).toEqual([
      'zone:5:',
      'zone:6:',
      'zone:7:',
      'zone:8:',
      'zone:9:',
      'and 2 m',
    ]);
  });
});

describe('a zone file that is taken with a warning says what is served', () => {
  test.each<readonly [what: string, lines: string, warning: string]>([
    [
      'a CNAME beside an A',
      'www CNAME web.example.net.\nwww A 192.0.2.2\n',
      'zone:5: warning: www.example.org. has a CNAME and A: a CNAME stands alone (RFC 1034 3.6.2); only the CNAME is served',
    ],
    [
      'a CNAME at the apex',
      '@ CNAME web.example.net.\n',
      'zone:5: warning: example.org. is the apex, whose SOA and NS no CNAME can stand beside: remove it, or give the addresses themselves (RFC 1912 2.4); it is left out',
    ],
    [
      'two CNAME',
      'www CNAME a.example.net.\nwww CNAME b.example.net.\n',
      'zone:6: warning: www.example.org. has 2 CNAME records: keep one (RFC 2181 10.1); the first is served',
    ],
    [
      'a DNAME beside NS',
      'd DNAME a.example.net.\nd NS ns1\n',
      'zone:5: warning: d.example.org. has a DNAME and NS: it redirects or delegates (RFC 6672 2.3); the delegation is served',
    ],
    [
      'a name below a DNAME',
      'd DNAME a.example.net.\nx.d A 192.0.2.2\n',
      'zone:6: warning: x.d.example.org. stands below the DNAME of d.example.org., which hides it (RFC 6672 2.4); the DNAME is served',
    ],
    [
      'an SOA below the apex',
      'sub SOA ns1 host 1 2 3 4 5\n',
      'zone:5: warning: sub.example.org. has an SOA but is not the apex example.org.: move it to a zone of its own; it is left out',
    ],
    [
      'a record of another zone',
      'www.example.net. A 192.0.2.9\n',
      'zone:5: warning: www.example.net. is not in the zone example.org.: the record is left out',
    ],
    [
      'a record twice',
      'a A 192.0.2.2\na A 192.0.2.2\n',
      'zone:6: warning: a.example.org. A stands twice with the same data, first on line 5: it is taken once',
    ],
    [
      'differing TTLs',
      'a 10 A 192.0.2.2\na 20 A 192.0.2.3\n',
      'zone:6: warning: a.example.org. A has records with TTL 10 and 20: all get the least, 10',
    ],
    [
      'a delegation without glue',
      'sub NS ns1.sub\n',
      'zone:5: warning: the NS of sub.example.org. leads to ns1.sub.example.org., which lies below the delegation and has no A or AAAA here: add its addresses as glue',
    ],
    [
      'an NS that leads to an alias',
      '@ NS ns2\nns2 CNAME ns1\n',
      'zone:5: warning: the NS of example.org. leads to ns2.example.org., which is an alias: name the host itself (RFC 2181 10.3)',
    ],
    [
      'a target without its dot',
      'www CNAME web.example.org\n',
      'zone:5: warning: the CNAME of www.example.org. leads to web.example.org.example.org., since a name without a final dot is relative to the origin: write web.example.org. if that is meant',
    ],
    [
      'an owner without its dot',
      'www.example.org A 192.0.2.2\n',
      'zone:5: warning: www.example.org.example.org. has the name of the zone twice: a name without a final dot is relative to the origin; write www.example.org. if that is meant',
    ],
  ])('%s', async (_what, lines, warning) => {
    expect(await complaintsOf(head + lines)).toEqual({ isTaken: true, complaints: warning });
  });

  test('no NS', async () => {
    const complaints = 'zone:2: warning: the zone has no NS records: add those of its name servers for example.org.; it is served without';
    expect(await complaintsOf(`$TTL 300\n${soa}`)).toEqual({ isTaken: true, complaints });
  });

  test('a PTR without its dot', async () => {
    const text = `$TTL 300\n@ SOA ns1.example.org. host.example.org. 1 2 3 4 5\n@ NS ns1.example.org.\n1 PTR www.example.org\n`;
    expect((await complaintsOf(text, '2.0.192.in-addr.arpa.')).complaints).toBe(
      'zone:4: warning: the PTR of 1.2.0.192.in-addr.arpa. leads to www.example.org.2.0.192.in-addr.arpa., since a name without a final dot is relative to the origin: write www.example.org. if that is meant',
    );
  });

  test('a mailbox with an @', async () => {
    const { complaints } = await complaintsOf(head.replace('hostmaster', 'host@example.org.'));
    expect(complaints).toBe(
      'zone:2: warning: the mailbox of the SOA, host\\@example.org., has an @: write a dot in its place (RFC 1035 8)',
    );
  });
});

test.each([
  ['line ends of Windows', head.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\uFEFF${head}`],
  ['no end of the last line', head.trimEnd()],
  ['names outside ASCII', `${head}bücher A 192.0.2.2\n`],
])('%s is no complaint', async (_what, text) => {
  expect(await complaintsOf(text)).toEqual({ isTaken: true, complaints: '' });
});
