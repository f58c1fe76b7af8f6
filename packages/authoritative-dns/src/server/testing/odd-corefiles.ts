/** A block with these lines, on a port that is free. */
export function inBlock(lines: string): string {
  return `.:0 {\n bind 127.0.0.1\n${lines}\n}\n`;
}

/** A block of this key. */
export function ofKey(key: string, lines = ' whoami'): string {
  return `${key} {\n bind 127.0.0.1\n${lines}\n}\n`;
}

const snippet = (body: string): string => `(x) {\n${body}\n}\n`;

/** Whole Corefiles by what is odd about them, of which CoreDNS takes and refuses the same ones. */
export const oddCorefiles: Readonly<Record<string, string>> = {
  'a key alone': '.:0',
  'no braces': '.:0\nbind 127.0.0.1\nwhoami\n',
  'no braces, two blocks': '.:0\nbind 127.0.0.1\n\nexample.org:0\nwhoami',
  'an empty block': '.:0 {\n}\n',
  'a block that is not closed': '.:0 {\n bind 127.0.0.1\n',
  'a block that is not closed before another': `.:0 {\n bind 127.0.0.1\n${ofKey('example.org:0')}`,
  'a brace on the next line': '.:0\n{\n bind 127.0.0.1\n whoami\n}\n',
  'one line': '.:0 { whoami }',
  'no blank before the brace': '.:0{\n whoami\n}',
  'a closing brace behind a word': inBlock('whoami }'),
  'a closing brace behind an option': inBlock('health 127.0.0.1:0 {\n lameduck 1s }'),
  'braces in braces': '.:0 {\n {\n bind 127.0.0.1\n }\n}\n',
  'two braces in one word': '.:0 {\n bind 127.0.0.1\n errors {\n }}\n',
  tabs: '.:0\t{\n\tbind\t127.0.0.1\n\twhoami\n}\n',
  'lines of Windows': '.:0 {\r\n bind 127.0.0.1\r\n whoami\r\n}\r\n',
  'carriage returns alone': '.:0 {\r bind 127.0.0.1\r whoami\r}\r',
  'a byte order mark': `\uFEFF${inBlock('whoami')}`,
  'no-break spaces': '.:0 {\n\u00A0bind 127.0.0.1\n\u00A0whoami\n}\n',
  'quotes that are not closed': inBlock('log . "open'),
  'quotes within a word': inBlock('chaos a"b"c'),
  'quotes over lines': inBlock('chaos "a\nb"'),
  'a hash within a word': inBlock('chaos a#b'),
  'an unknown directive': inBlock('nope'),
  'a directive in capitals': inBlock('WHOAMI'),
  'a directive in quotes': inBlock('"whoami"'),
  'a directive by a variable': inBlock('{$DIRECTIVE}'),
  'a directive by an empty variable': inBlock('{$NOPE}'),
  'an empty variable for a zone': ofKey('{$NOPE}:0'),
  'a variable for a port': ofKey('.:{$PORT}'),
  'an empty variable for a port': ofKey('.:{$NOPE}'),
  'a port without a zone': ofKey(':0'),
  'a scheme without a zone': ofKey('dns://:0'),
  'two ports': ofKey('.:0:0'),
  'a port that is too high': ofKey('.:99999'),
  'a port that is a word': ofKey('.:x'),
  'a port that is missing': ofKey('.:'),
  'an empty label': ofKey('a..b:0'),
  'a label that is too long': ofKey(`${'x'.repeat(64)}:0`),
  'a prefix that is too long': ofKey('10.0.0.0/33:0'),
  'a prefix': ofKey('10.0.0.0/20:0'),
  'a comma at the end': '.:0,\n{\n whoami\n}',
  'keys divided by a comma and a blank': ofKey('.:0, example.org:0'),
  'the same zone in one key': ofKey('a.test:0 a.test:0'),
  'the same zone twice': inBlock('whoami') + inBlock('whoami'),
  'a snippet': snippet('whoami') + inBlock('import x'),
  'a snippet below its import': inBlock('import x') + snippet('whoami'),
  'a snippet that is not there': inBlock('import x'),
  'a snippet twice': snippet('whoami') + snippet('errors') + inBlock('import x'),
  'a snippet of braces': snippet('errors {\n}') + inBlock('import x'),
  'a snippet that is not closed': '(x) {\n whoami\n',
  'a snippet that imports itself': snippet('import x') + inBlock('import x'),
  'snippets that import each other': `${snippet('import y')}(y) {\n import x\n}\n${inBlock('import x')}`,
  'a snippet within braces': snippet('lameduck 1s') + inBlock('health 127.0.0.1:0 {\n import x\n}'),
  'a snippet with an argument': snippet('whoami') + inBlock('import x y'),
  'an import of nothing': inBlock('import'),
  'an import of an empty name': inBlock('import ""'),
  'an import of a missing file': inBlock('import missing.part'),
  'an import of a folder': inBlock('import dir'),
  'an import of a file': inBlock('import inc.part'),
  'an import of an empty file': inBlock('import empty.part'),
  'an import of a file with a mistake': inBlock('import bad.part'),
  'an import of a block into a block': inBlock('import block.part'),
  'an import of a block': 'import block.part\n',
  'an import of a key': 'import key.part {\n bind 127.0.0.1\n}\n',
  'an import of a pattern': inBlock('import all/*.conf'),
  'an import of a pattern that fits nothing': inBlock('import *.nope'),
  'an import of a pattern with two stars': inBlock('import *.*'),
  'an import from where a file is': inBlock('import sub/relative.part'),
  'imports that lead to themselves': inBlock('import loop1.part'),
  'a certificate that is missing, without TLS': inBlock('tls nocert.pem nokey.pem'),
  'a key of another certificate, without TLS': inBlock('tls cert.pem other.pem'),
  'two certificates at one listener':
    ofKey('tls://a.test:0', ' tls cert.pem key.pem') + ofKey('tls://b.test:0', ' tls other.crt other.pem'),
  'a certificate for one of two blocks': ofKey('tls://a.test:0', ' tls cert.pem key.pem') + ofKey('tls://b.test:0'),
};

/** Why verdicts differ on purpose, and Corefiles that show it. */
export interface ChosenDifference {
  readonly why: string;
  readonly weTake: boolean;
  readonly corefiles: readonly string[];
}

/** Each is told in docs/guide/coming-from-coredns.md. */
export const chosenDifferences: readonly ChosenDifference[] = [
  {
    why: 'a Corefile without a server block serves nothing',
    weTake: false,
    corefiles: ['', '# a comment\n', snippet('whoami')],
  },
  {
    why: 'a block without a zone, which CoreDNS leaves out without a word',
    weTake: false,
    corefiles: ['{\n whoami\n}', ofKey('{$NOPE}'), ofKey('""')],
  },
  {
    why: 'braces and quotes that do not match',
    weTake: false,
    corefiles: [`${inBlock('whoami')}}\n`, inBlock('log {\n} whoami'), inBlock('import open.part'), '.:0\nbind 127.0.0.1\nlog . "open'],
  },
  {
    why: 'a name that is no zone, which CoreDNS leaves out without a word',
    weTake: false,
    corefiles: [
      'acl ..',
      'cache 30 ..',
      'file db.ok ..',
      'etcd {\n fallthrough ..\n}',
      'log ..',
      'forward . 127.0.0.1 {\n except {$NOPE}\n}',
    ].map(inBlock),
  },
  {
    why: 'a negative duration or number',
    weTake: false,
    corefiles: [
      'health 127.0.0.1:0 {\n lameduck -1s\n}',
      'errors {\n consolidate -5m x\n}',
      'cache {\n prefetch 1 -1m\n}',
      'cache {\n success -1\n}',
      'timeouts {\n maxtcpqueries -1\n}',
      'loadbalance weighted weights.txt {\n reload -1s\n}',
    ].map(inBlock),
  },
  {
    why: 'a number that is too large',
    weTake: false,
    corefiles: ['cache 3000000000', 'ready 127.0.0.1:99999', 'forward . 127.0.0.1:99999'].map(inBlock),
  },
  {
    why: 'words and braces that CoreDNS passes over',
    weTake: false,
    corefiles: [
      'hosts hosts.txt {\n ttl 1 2\n}',
      'hosts hosts.txt {\n no_reverse x\n}',
      'file db.ok {\n reload 1s 2s\n}',
      'reload {\n nope\n}',
      'bufsize {\n nope\n}',
      'cancel {\n nope\n}',
    ].map(inBlock),
  },
  {
    why: 'a file that is needed and cannot be used, which CoreDNS says only when it is asked',
    weTake: false,
    corefiles: [
      'prometheus 127.0.0.1:0 {\n tls missing.yml\n}',
      'file db.twosoa',
      'forward . 127.0.0.1 .',
      'forward . 127.0.0.1 {\n tls ""\n}',
    ].map(inBlock),
  },
  {
    why: 'an address of an endpoint that is none, or that something else has',
    weTake: false,
    corefiles: [inBlock('ready :notaport'), inBlock('prometheus :notaport'), inBlock('health 127.0.0.1:0\nhealth 127.0.0.1:0')],
  },
  {
    why: 'a scheme that is not served or spoken',
    weTake: false,
    corefiles: [ofKey('grpc://.:0'), ofKey('http://.:0'), inBlock('forward . quic://127.0.0.1'), inBlock('etcd {\n endpoint ftp://x\n}')],
  },
  {
    why: 'an address that bind takes back with except, or a group that a pattern does not have',
    weTake: false,
    corefiles: [inBlock('').replace('bind 127.0.0.1', 'bind 127.0.0.1 {\n except 127.0.0.1\n}'), inBlock('rewrite name regex (a) {2}')],
  },
  {
    why: 'braces with nothing in them count as none',
    weTake: true,
    corefiles: ['whoami {\n}', 'any {\n}', 'root . {\n}', 'hosts hosts.txt {\n ttl 1 {\n}\n}'].map(inBlock),
  },
  {
    why: 'types by number (RFC 3597)',
    weTake: true,
    corefiles: ['acl {\n block type TYPE1\n}', 'rewrite type TYPE1 A'].map(inBlock),
  },
  {
    why: 'an address that bind names twice is taken once',
    weTake: true,
    corefiles: [inBlock('').replace('bind 127.0.0.1', 'bind 127.0.0.1 127.0.0.1'), inBlock('bind 127.0.0.1')],
  },
  {
    why: 'what older versions of CoreDNS took, and options of ours',
    weTake: true,
    corefiles: ['errors {\n panicRecoveryStacktrace\n}', 'loadbalance weighted weights.txt {\n prefer 10.0.0.0/8\n}'].map(inBlock),
  },
  {
    why: 'commas without blanks, the prefix of all addresses, a snippet imported twice, one that imports itself and is never imported',
    weTake: true,
    corefiles: [
      ofKey('.:0,example.org:0'),
      ofKey('::/0:0'),
      snippet('whoami') + inBlock('import x\nimport x'),
      snippet('import x') + inBlock('whoami'),
    ],
  },
];
