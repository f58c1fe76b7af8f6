import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitDocuments } from './split-documents.ts';

const split = (text: string): [line: number, text: string][] => {
  const bytes = Buffer.from(text);
  return splitDocuments(bytes).map((span) => [span.line, bytes.toString('utf8', span.start, span.end)]);
};

describe('splitDocuments', () => {
  test.each<[what: string, text: string, documents: [number, string][]]>([
    ['nothing', '', []],
    ['one document without markers', 'a: 1\nb: 2\n', [[1, 'a: 1\nb: 2\n']]],
    ['a leading marker', '---\na: 1\n', [[1, '\na: 1\n']]],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      [
        [1, 'a: 1\n'],
        [2, '\nb: 2\n'],
      ],
    ],
    [
      'content on the marker line',
      '--- {a: 1}\n--- # note\nb: 2',
      [
        [1, ' {a: 1}\n'],
        [2, ' # note\nb: 2'],
      ],
    ],
    [
      'CRLF',
      'a: 1\r\n---\r\nb: 2\r\n',
      [
        [1, 'a: 1\r\n'],
        [2, '\r\nb: 2\r\n'],
      ],
    ],
    [
      'end markers',
      'a: 1\n...\n---\nb: 2\n...\n',
      [
        [1, 'a: 1\n'],
        [3, '\nb: 2\n'],
      ],
    ],
    [
      'text after an end marker without a start marker',
      'a: 1\n...\nb: 2\n',
      [
        [1, 'a: 1\n'],
        [3, 'b: 2\n'],
      ],
    ],
    ['a byte order mark', '\u{feff}a: 1\n', [[1, 'a: 1\n']]],
    ['a byte order mark before a marker', '\u{feff}---\na: 1\n', [[1, '\na: 1\n']]],
    [
      'byte order marks of files put together',
      'a: 1\n---\n\u{feff}b: 2\n',
      [
        [1, 'a: 1\n'],
        [2, '\n\u{feff}b: 2\n'],
      ],
    ],
    ['dashes that are no marker', 'a: |\n  ---\n---b\n- ---\n----\n', [[1, 'a: |\n  ---\n---b\n- ---\n----\n']]],
    [
      'a marker that ends a block scalar',
      'a: |\n  text\n---\nb: 2',
      [
        [1, 'a: |\n  text\n'],
        [3, '\nb: 2'],
      ],
    ],
    ['a marker at the very end', 'a: 1\n---', [[1, 'a: 1\n']]],
    [
      'empty documents',
      '---\n---\n---\n',
      [
        [1, '\n'],
        [2, '\n'],
        [3, '\n'],
      ],
    ],
  ])('splits %s', (_what, text, documents) => {
    expect(split(text)).toEqual(documents);
  });

  test('gives back every document that was joined with markers, with its line', () => {
    const line = fc
      .string({ unit: fc.constantFrom('a', '-', '.', ' ', ':', 'é', '#', '\r') })
      .filter((text) => !/^(---|\.\.\.)(\s|$)/.test(text));
    fc.assert(
      fc.property(fc.array(fc.array(line, { minLength: 1 }), { minLength: 1 }), (documents) => {
        const text = documents.map((lines) => `---\n${lines.join('\n')}\n`).join('');
        let at = 1;
        const expected = documents.map((lines) => {
          const start = at;
          at += lines.length + 1;
          return [start, `\n${lines.join('\n')}\n`];
        });
        expect(split(text)).toEqual(expected);
      }),
    );
  });
});
