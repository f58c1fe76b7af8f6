/** Stored content and a question, asked of CoreDNS and of the directive. */
export interface SideBySideCase {
  readonly id: string;
  /** Values by key; what is no text is JSON. */
  readonly etcd: Readonly<Record<string, unknown>>;
  readonly zones: readonly string[];
  readonly path?: string;
  readonly query: { readonly name: string; readonly type: string };
}

/** Content that the recorded cases do not have. */
export const furtherCases: readonly SideBySideCase[] = [
  ...of(
    'text-escapes',
    { dkim: { text: 'v=DKIM1\\; k=rsa' }, twice: { text: 'a\\\\b' }, octet: { text: 'a\\010b' }, end: { text: 'end\\' } },
    ['dkim.example.org TXT', 'twice.example.org TXT', 'octet.example.org TXT', 'end.example.org TXT'],
  ),
  ...of('capitals', { Web: { host: '192.0.2.1' }, both: { host: '192.0.2.2' }, BOTH: { host: '192.0.2.3' } }, [
    'web.example.org A',
    'both.example.org A',
    'example.org A',
  ]),
  ...of('empty-segment', { 'a//b': { host: '192.0.2.1' }, 'c/': { host: '192.0.2.2' } }, [
    'a.example.org A',
    'b.a.example.org A',
    'c.example.org A',
  ]),
  ...of('alias-to-itself', { self: { host: 'self.example.org' }, service: { host: 'service.example.org', port: 80 } }, [
    'self.example.org A',
    'self.example.org CNAME',
    'self.example.org SRV',
    'service.example.org SRV',
  ]),
  ...of(
    'same-service',
    {
      'named/a': { host: 'web.example.org', port: 80 },
      'named/b': { host: 'web.example.org', port: 80, weight: 200 },
      'named/c': { host: 'x.example.org', port: 80 },
    },
    ['named.example.org SRV'],
  ),
  ...of(
    'same-host',
    {
      'web/a': { host: '192.0.2.1', port: 80, targetstrip: 1 },
      'web/b': { host: '192.0.2.2', port: 80, targetstrip: 1 },
      mail: { host: '192.0.2.3', port: 80 },
    },
    ['web.example.org SRV', 'example.org SRV'],
  ),
  ...of('white-space', { around: { host: '192.0.2.1 ' }, inside: { host: 'my web.example.org' } }, [
    'around.example.org A',
    'inside.example.org CNAME',
  ]),
  ...of('bad-value', { '*': { host: '192.0.2.1' }, bad: '{"host":', half: { host: '..', text: 'the rest' } }, [
    'bad.example.org A',
    'half.example.org TXT',
  ]),
  ...of('service-of-star', { '*': { host: '192.0.2.1', port: 80 } }, ['web.example.org SRV', 'example.org SRV']),
];

/** Cases that share their content; `ID-N` are their names. */
function of(id: string, content: Readonly<Record<string, unknown>>, questions: readonly string[]): SideBySideCase[] {
  const etcd = Object.fromEntries(Object.entries(content).map(([key, value]) => [`/skydns/org/example/${key}`, value]));
  return questions.map((question, index) => {
    const [name = '', type = ''] = question.split(' ');
    return { id: `${id}-${index + 1}`, etcd, zones: ['example.org.'], query: { name, type } };
  });
}
