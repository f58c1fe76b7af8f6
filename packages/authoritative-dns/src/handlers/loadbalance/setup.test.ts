import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { silentLogger } from '@seamark/common/observability';
import { eventually, temporaryFolder } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import type { Next } from '../../chain/handler.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { answerText, recordSet, responseOf, sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { createLoadbalanceSetup, loadbalanceSetup } from './setup.ts';

const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const www = recordSet('www.example.org', 60, 'A', ...addresses);
const mail = recordSet('example.org', 60, 'MX', '10 a.example.org.', '10 b.example.org.');
const text = recordSet('example.org', 60, 'TXT', 'one', 'two');
const alias = recordSet('w.example.org', 60, 'CNAME', 'www.example.org.');

function answering(extra: Partial<DnsResponse>, responseCode = 0): Next {
  return () => emptyResponse('file', responseCode, extra);
}

/** Addresses in the order that they are sent in, `1 2 3`. */
function orderOf(lines: string, random: () => number, next = answering({ answers: [www] })): string {
  const { handler } = setUp(createLoadbalanceSetup(random), lines);
  return responseOf(handler.handle(question('www.example.org'), next))
    .answers[0]?.rdata.map((octets) => octets.at(-1))
    .join(' ') as string;
}

describe('what loadbalance takes', () => {
  test.each([
    'loadbalance',
    'loadbalance round_robin',
    'loadbalance weighted wfile',
    'loadbalance weighted wfile {\n reload 10s\n}',
    'loadbalance weighted wfile {\n reload 0\n prefer 10.0.0.0/8\n}',
    'loadbalance round_robin {\n prefer 10.9.20.0/24 192.168.1.0/24\n}',
    'loadbalance {\n prefer 2001:db8::/32\n}',
  ])('%s', (lines) => {
    expect(problemOf(loadbalanceSetup, lines)).toBeUndefined();
  });

  test.each([
    ['loadbalance fleeb', 'Corefile:2: unknown policy "fleeb"'],
    ['loadbalance round_robin more', '"more" is one too many'],
    ['loadbalance weighted', 'Corefile:2: loadbalance needs 2 arguments, and has 1: write loadbalance [round_robin | weighted FILE]'],
    ['loadbalance weighted one two', '"two" is one too many'],
    ['loadbalance weighted wfile {\n reload a\n}', 'Corefile:3: "a" is not a duration'],
    ['loadbalance weighted wfile {\n reload\n}', 'Corefile:3: reload needs one argument'],
    ['loadbalance round_robin {\n reload 5s\n}', 'Corefile:3: "reload" is not an option of loadbalance'],
    ['loadbalance round_robin {\n prefer notacidr\n}', 'Corefile:3: "notacidr" is not a CIDR prefix'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(loadbalanceSetup, lines)).toContain(problem);
  });
});

describe('round_robin', () => {
  test('lets chance decide the order of addresses', () => {
    const orders = new Set<string>();
    for (const first of [0, 0.4, 0.8]) {
      for (const second of [0, 0.6]) {
        const numbers = [first, second];
        orders.add(orderOf('loadbalance', () => numbers.shift() as number));
      }
    }
    expect([...orders].toSorted()).toEqual(['1 2 3', '1 3 2', '2 1 3', '2 3 1', '3 1 2', '3 2 1']);
  });

  test('reorders mail exchangers in every section, and nothing else', () => {
    const { handler } = setUp(
      createLoadbalanceSetup(() => 0),
      'loadbalance',
    );
    const next = answering({ answers: [mail, text], authorities: [mail], additionals: [www] });
    const response = responseOf(handler.handle(question('example.org', 'MX'), next));
    const swapped = ['example.org. 60 MX 10 b.example.org.', 'example.org. 60 MX 10 a.example.org.'];
    expect(sectionText(response.answers)).toEqual(['example.org. 60 TXT "one"', 'example.org. 60 TXT "two"', ...swapped]);
    expect(sectionText(response.authorities)).toEqual(swapped);
    expect(response.additionals[0]?.rdata).toHaveLength(3);
  });

  test('puts aliases before addresses', () => {
    const { handler } = setUp(
      createLoadbalanceSetup(() => 0.99),
      'loadbalance',
    );
    expect(answerText(handler.handle(question('w.example.org'), answering({ answers: [www, alias] })))[1]).toContain('CNAME');
  });

  test('leaves errors alone, and never changes what it is given', () => {
    expect(orderOf('loadbalance', () => 0, answering({ answers: [www] }, 3))).toBe('1 2 3');
    void orderOf('loadbalance', () => 0);
    expect(www.rdata.map((octets) => octets.at(-1))).toEqual([1, 2, 3]);
  });

  test('answers compiled ahead can be rotated without the handler', () => {
    expect(setUp(loadbalanceSetup, 'loadbalance').handler.ahead).toEqual({ rotation: 'round_robin' });
    expect(setUp(loadbalanceSetup, 'loadbalance {\n prefer 10.0.0.0/8\n}').handler.ahead).toBeUndefined();
    expect(setUp(loadbalanceSetup, 'loadbalance weighted f').handler.ahead).toBeUndefined();
  });
});

describe('prefer', () => {
  test('puts addresses of the first prefix first, then of the second', () => {
    const lines = 'loadbalance {\n prefer 192.0.2.3/32 192.0.2.2/32\n}';
    for (const number of [0, 0.5, 0.99]) expect(orderOf(lines, () => number)).toBe('3 2 1');
  });

  test('takes IPv6 as well, and leaves what is in no prefix in its order', () => {
    const set = recordSet('www.example.org', 60, 'AAAA', '2001:db8::1', '2001:db8::2', 'fd00::3');
    const { handler } = setUp(
      createLoadbalanceSetup(() => 0.99),
      'loadbalance {\n prefer fd00::/8\n}',
    );
    expect(
      answerText(handler.handle(question('www.example.org', 'AAAA'), answering({ answers: [set] }))).map((line) => line.at(-1)),
    ).toEqual(['R', '3', '1', '2']);
  });
});

describe('weighted', () => {
  const lines = 'loadbalance weighted weights';
  const content = '# comment\n\nwww.example.org\n192.0.2.1 3\n192.0.2.2 1\nOTHER.example.org.\n192.0.2.3 255\n';

  interface Balanced extends AsyncDisposable {
    readonly file: string;
    /** Addresses in the order of one answer: `1 2 3`. */
    readonly order: () => string;
    /** What was logged as an error. */
    readonly errors: readonly string[];
  }

  async function started(text: string, random: () => number, options = ''): Promise<Balanced> {
    const folder = temporaryFolder('weights');
    const file = join(folder.path, 'weights');
    await writeFile(file, text);
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => errors.push(message) };
    const { part, handler } = setUp(createLoadbalanceSetup(random), lines + options, { context: { folder: folder.path, logger } });
    try {
      await part.start?.(new AbortController().signal);
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
    return {
      file,
      errors,
      order: () =>
        String(
          responseOf(handler.handle(question('www.example.org'), answering({ answers: [www] })))
            .answers[0]?.rdata.map((a) => a.at(-1))
            .join(' '),
        ),
      async [Symbol.asyncDispose]() {
        await part.stop?.();
        folder[Symbol.dispose]();
      },
    };
  }

  test('each address comes first as often as its weight says, 1 when it has none', async () => {
    let number = 0;
    await using balanced = await started(content, () => number);
    const firsts = Array.from({ length: 5 }, (_, index) => {
      number = (index + 0.5) / 5;
      return balanced.order()[0];
    });
    expect(firsts).toEqual(['1', '1', '1', '2', '3']);
  });

  test('only the first place is chosen', async () => {
    await using balanced = await started(content, () => 0.99);
    expect(balanced.order()).toBe('3 2 1');
  });

  test('a changed file counts, a mistake in it changes nothing', async () => {
    await using balanced = await started('www.example.org\n192.0.2.2 255\n', () => 0.5, ' {\n reload 20ms\n}');
    expect(balanced.order()).toBe('2 1 3');
    await writeFile(balanced.file, 'www.example.org\n192.0.2.1 zero\n');
    await eventually(() => expect(balanced.errors).toEqual([expect.stringMatching(/^loadbalance keeps the weights that it has: .*:2: /)]));
    expect(balanced.order()).toBe('2 1 3');
    await writeFile(balanced.file, 'www.example.org\n192.0.2.3 255\n');
    await eventually(() => expect(balanced.order()).toBe('3 2 1'));
  });

  test.each([
    ['192.0.2.1 3', 'weights:1: 192.0.2.1 belongs to no name'],
    ['www.example.org\n192.0.2.1 256', 'weights:2: the weight "256" is not a whole number from 1 to 255'],
    ['www.example.org\n192.0.2.1 0', 'weights:2: the weight "0"'],
    ['www.example.org\nabc 1', 'weights:2: "abc" is not an IP address'],
    ['www.example.org\n192.0.2.1', 'weights:2: 192.0.2.1 has no weight'],
    ['a b c', 'weights:1: "a b c" is neither a name nor an address with a weight'],
  ])('%j keeps it from starting, with file and line', async (text, problem) => {
    await expect(started(text, () => 0)).rejects.toThrow(
      expect.objectContaining({ code: 'SM_COREFILE_INVALID', message: expect.stringContaining(problem) }) as Error,
    );
  });

  test('a missing file is waited for, unless it is never looked at again', async () => {
    using folder = temporaryFolder('weights');
    const context = { folder: folder.path };
    const waiting = setUp(loadbalanceSetup, lines, { context }).part;
    await waiting.start?.(new AbortController().signal);
    await waiting.stop?.();
    const once = setUp(loadbalanceSetup, `${lines} {\n reload 0\n}`, { context }).part;
    await expect(once.start?.(new AbortController().signal)).rejects.toThrow('cannot read the weight file');
  });
});
