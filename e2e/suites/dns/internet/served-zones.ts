import { addresses } from './addresses.ts';

const long = 'x'.repeat(250);

/** Content of example.org as it stands in etcd, key below `/skydns/org/example/` (`.` = the name itself) → value. */
export const storedRecords: Readonly<Record<string, unknown>> = {
  '.': { records: ['MX 10 mail.example.org.', 'TXT "v=spf1 mx -all"'] },
  'dns/apex/1': { host: '192.0.2.1' },
  mail: { host: '192.0.2.25' },
  web: { host: '192.0.2.80' },
  'dual/1': { host: '192.0.2.81', targetstrip: 1 },
  'dual/2': { host: '2001:db8::81', targetstrip: 1 },
  alias: { host: 'web.example.org' },
  chain: { host: 'alias.example.org' },
  abroad: { host: 'web.file.org' },
  note: { text: 'one text' },
  post: { host: 'mail.example.org', mail: true, priority: 10 },
  '_tcp/_sip': { records: ['SRV 1 2 5061 web.example.org.'] },
  'apps/*': { host: '192.0.2.90' },
  'inner/deep/er': { host: '192.0.2.91' },
  ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`big/${n}`, { text: `${n}${long}`, targetstrip: 1 }])),
  caa: { records: ['CAA 0 issue "ca.example"', 'TYPE65280 \\# 2 abcd'] },
  svcb: { records: ['HTTPS 1 . alpn=h2', 'A 192.0.2.80'] },
};

/** A zone with what a zone file may hold. */
export const zoneFor = (name: string): string => `$ORIGIN ${name}.
@ 3600 IN SOA ns1 hostmaster 7 14400 3600 1209600 300
@ 3600 IN NS ns1
@ 3600 IN NS ns2
@ 3600 IN MX 10 mail
@ 3600 IN TXT "v=spf1 mx -all"
@ 3600 IN A 192.0.2.1
ns1 3600 IN A ${addresses.first.ipv4}
ns1 3600 IN AAAA ${addresses.first.ipv6}
ns2 3600 IN A ${addresses.second.ipv4}
ns2 3600 IN AAAA ${addresses.second.ipv6}
mail 300 IN A 192.0.2.25
web 300 IN A 192.0.2.80
web 300 IN AAAA 2001:db8::80
alias 300 IN CNAME web
chain 300 IN CNAME alias
abroad 300 IN CNAME web.example.org.
note 300 IN TXT "one text"
_sip._tcp 300 IN SRV 1 2 5061 web
*.apps 300 IN A 192.0.2.90
er.deep.inner 300 IN A 192.0.2.91
old 300 IN DNAME new
x.new 300 IN A 192.0.2.92
caa 300 IN CAA 0 issue "ca.example"
svcb 300 IN HTTPS 1 . alpn=h2
opaque 300 IN TYPE65280 \\# 2 abcd
${Array.from({ length: 12 }, (_, n) => `big 300 IN TXT "${n}${long}"`).join('\n')}
`;

/** The zone file.org, unsigned. */
export const fileZone: string = zoneFor('file.org');
