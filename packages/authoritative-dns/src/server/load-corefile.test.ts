import { networkInterfaces } from 'node:os';

import { describe, expect, it } from 'vitest';

import { loadCorefile } from './load-corefile.ts';
import { planListeners } from './listener-plan.ts';

/** Every mistake of a Corefile, as `LINE: problem`; warnings behind `warning`. */
function problemsOf(text: string): string[] {
  const warnings: string[] = [];
  const result = loadCorefile(text, { file: 'Corefile', warn: (message, at) => warnings.push(`warning ${at.line}: ${message}`) });
  return result.ok ? warnings : result.problems.map(({ message }) => message.replace('Corefile:', ''));
}

/** Mistakes of directives in a block; line 1 is the first of them. */
const inBlock = (lines: string): string[] => problemsOf(`. { ${lines}\n}`);

function listenersOf(text: string) {
  const result = loadCorefile(text, { file: 'Corefile' });
  return result.ok ? planListeners(result.version) : [];
}

describe('what CoreDNS takes', () => {
  it.each([
    ['etcd {\nno_apex_fallback\n}', []],
    ['file db.example.org example.org {\nreload_by_mtime\n}', []],
    ['forward . 192.0.2.1 {\nmax_age 10s\n}', [expect.stringMatching(/^warning 2: max_age does nothing/)]],
  ])('%j starts', (lines, warnings) => {
    expect(inBlock(lines)).toEqual(warnings);
  });
});

describe('what a Corefile may not have', () => {
  it.each([
    ['health bla', '1: "bla" is not an address: write HOST:PORT, [IPV6]:PORT or :PORT'],
    ['health :1 :2', '1: health takes at most one argument, and ":2" is one too many: write health [ADDRESS]'],
    ['health\nhealth', '2: health stands twice in this server block, first at Corefile:1'],
    ['ready {\nmonitor sometimes\n}', '2: "sometimes" is not a way to monitor; there is until-ready, continuously'],
    ['bind', '1: bind needs at least one argument, and has none: write bind ADDRESS|INTERFACE...'],
    ['bind nowhere0', '1: "nowhere0" is neither an IP address nor a network interface of this host'],
    ['bind 127.0.0.1 {\nexcept 127.0.0.1\n}', '1: bind has no address left to listen on'],
    ['tls cert.pem', '1: tls needs 2 to 3 arguments, and has 1: write tls CERT KEY [CA]'],
    ['tls {\nclient_auth verify\n}', /^2: "verify" is not a mode of client_auth; there is nocert, request, require, /],
    ['tls acme example.org', '1: tls acme is not there: this version does not order certificates'],
    ['timeouts {\nread 48h\n}', '2: "48h" is out of range: it must be at least 1s and at most 24h'],
    ['timeouts', '1: timeouts needs at least one of read, write, idle, maxtcpqueries in its braces'],
    ['multisocket 0', '1: "0" is not a number of sockets: it must be a whole number from 1 to 1024'],
    ['errors stderr', '1: errors writes to stdout only, not to "stderr"'],
    ['errors {\nconsolidate 1m (\n}', /^2: "\(" is not a regular expression: /],
    ['reload 5', '1: "5" is not a duration: it has no unit (ns, us, ms, s, m, h)'],
    ['prometheus {\nruntime\n}', '2: "runtime" is not an option of prometheus; it has runtime_metrics, tls'],
    ['whoami {\nanything\n}', '2: whoami takes no options in braces, and "anything" is one'],
    ['etdc', '1: there is no directive "etdc"; did you mean etcd?'],
    ['}}', '1: "}}" is one word, not a pair of braces'],
    ['transfer {\nto *\n}', /^1: transfer is a directive of CoreDNS that Seamark does not have: /],
  ])('%j: %s', (lines, expected) => {
    const mistakes = inBlock(lines);
    expect(mistakes).toContainEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it('zones that overlap', () => {
    expect(problemsOf('a.example {\n}\nb.example A.example {\n}')).toEqual(['3: dns://a.example.:53 stands twice, first at Corefile:1']);
    expect(problemsOf('. {\nbind 127.0.0.1\n}\n. {\n}')).toEqual([
      '4: dns://.:53 is here and at Corefile:1, and only one of them has bind',
    ]);
    expect(problemsOf('. {\nbind 127.0.0.1\n}\n. {\nbind ::1\n}')).toEqual([]);
  });

  it('each use and each option line is told, in the order of the file, and a line imported twice once', () => {
    const text =
      '(x) {\nacl {\nallow net here\nnever\n}\n}\na.example {\nimport x\nreload soon\nbufsize 1\nreload later\nbufsize 2\n}\nb.example {\nimport x\n}';
    expect(problemsOf(text).map((problem) => problem.split(':')[0])).toEqual(['3', '4', '9', '10', '11', '12']);
  });

  it('mistakes of the grammar do not hide others behind them', () => {
    expect(problemsOf('a.example {\nwhoami }\nb.example{\nnope\n}\n}\nc.example {\nnope').map((problem) => problem.split(':')[0])).toEqual([
      '2',
      '3',
      '4',
      '6',
      '7',
      '8',
    ]);
  });

  it('what only follows from another mistake is not told', () => {
    expect(problemsOf('. {\nbind nowhere0\n}\n. {\nbind 127.0.0.1\n}')).toHaveLength(1);
    expect(problemsOf('tls://a.example {\ntls /nowhere /nowhere\n}\ntls://b.example {\n}')).toHaveLength(1);
    expect(problemsOf('. {\ntimeouts {\nread soon\n}\n}')).toHaveLength(1);
    expect(problemsOf('. {\nchaos "open\n}\n. {\n}')).toEqual(['2: the quotes that open here are not closed']);
  });

  it('a mistake of the first line does not hide those of its braces', () => {
    const heads = [
      'health x',
      'bind',
      'forward',
      'file',
      'header x',
      'errors x',
      'cache 0',
      'hosts a ..',
      'tls',
      'prometheus x',
      'log ..',
      'rrl ..',
      'etcd ..',
    ];
    for (const head of heads)
      expect(inBlock(`${head} {\nno_such_option\n}`).map((problem) => problem[0])).toEqual([
        '1',
        ...(head.startsWith('hosts') ? [] : ['2']),
      ]);
  });

  it('endpoints that exclude each other, or sockets of blocks', () => {
    expect(inBlock('health :8080\nready 127.0.0.1:8080')).toEqual(['1: health cannot have :8080: ready (Corefile:2) has 127.0.0.1:8080']);
    expect(inBlock('health :8080\nready :8080\nprometheus :8080')).toEqual([]);
    expect(inBlock('health 127.0.0.1:53')).toEqual([
      '1: health cannot have 127.0.0.1:53: the server block dns://.:53 (Corefile:1) listens there',
    ]);
  });

  it('a directive twice, of which CoreDNS takes one, is a warning', () => {
    expect(inBlock('reload 10s\nreload 20s\nroot /\nroot /tmp')).toEqual([
      expect.stringMatching(/^warning 3: root stands twice .*Corefile:4 counts/),
      expect.stringMatching(/^warning 2: reload stands twice .*Corefile:1 counts/),
    ]);
  });

  it('an address that this host lacks is a warning, since the Corefile may be for another', () => {
    expect(inBlock('bind 192.0.2.1')).toEqual([expect.stringMatching(/^warning 1: bind names 192\.0\.2\.1, which no network interface/)]);
  });

  it('keys that are none', () => {
    expect(problemsOf('http://a.example {\n}')[0]).toBe(
      '1: "http://" is not a scheme of server blocks; there is dns://, tls://, https://; did you mean https?',
    );
    expect(problemsOf('a.example: {\n}')[0]).toBe('1: the port behind the last colon of "a.example:" is missing');
    expect(problemsOf('a..example {\n}')[0]).toBe('1: "a..example" is not a zone: it contains an empty label ("..")');
    expect(problemsOf('.:70000 {\n}')[0]).toBe('1: port 70000 is above 65535');
  });

  it('what is accepted without an effect is a warning', () => {
    expect(inBlock('debug')).toEqual([
      'warning 1: debug changes nothing: faults never end the process, and --log-level debug gives the lines',
    ]);
    expect(problemsOf('tls://. {\n}')).toEqual(['warning 1: tls://. without the directive tls is not encrypted']);
  });
});

describe('what blocks listen with', () => {
  it('blocks of one address and port share a listener and its settings', () => {
    const plans = listenersOf('a.example b.example:54 {\ntimeouts {\nidle 5s\n}\n}\nc.example {\ntimeouts {\nread 2s\n}\n}');
    expect(plans.map(({ name, limits }) => [name, limits])).toEqual([
      ['dns://:53', { idleTimeoutMs: 5000, readTimeoutMs: 2000 }],
      ['dns://:54', { idleTimeoutMs: 5000 }],
    ]);
  });

  it('bind names addresses and interfaces, and except takes some out', () => {
    const loopback = Object.keys(networkInterfaces()).find((name) =>
      networkInterfaces()[name]?.some(({ address }) => address === '127.0.0.1'),
    );
    const plans = listenersOf(`. {\nbind ${loopback} 192.0.2.1 2001:DB8::1 {\nexcept ::1\n}\n}`);
    expect(plans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dns://127.0.0.1:53', 'dns://192.0.2.1:53', 'dns://[2001:db8::1]:53']),
    );
    expect(plans.map(({ name }) => name)).not.toContain('dns://[::1]:53');
  });

  it('root says where relative paths of the directives behind it start, wherever its line stands', () => {
    expect(problemsOf('tls://. {\ntls cert.pem key.pem\nroot /nowhere\n}')).toContainEqual(
      '2: tls needs the file /nowhere/cert.pem, which cannot be read: there is no such file',
    );
  });

  it('handlers stand in their fixed order, whatever that of the lines', () => {
    const result = loadCorefile('. {\nwhoami\nforward . 127.0.0.1\nerrors\nlog\nloadbalance\n}', { file: 'Corefile' });
    expect(result.ok && result.version.blocks[0]?.handlers.map(({ name }) => name)).toEqual([
      'errors',
      'log',
      'loadbalance',
      'forward',
      'whoami',
    ]);
  });
});
