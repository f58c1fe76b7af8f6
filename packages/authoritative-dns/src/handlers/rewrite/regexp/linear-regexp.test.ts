import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { LinearRegexp } from './linear-regexp.ts';

describe('a match and its groups', () => {
  test.each<[string, string, readonly string[] | undefined]>([
    ['(.*)-(us-west-1)\\.example\\.org', 'ftp-us-west-1.example.org.', ['ftp-us-west-1.example.org', 'ftp', 'us-west-1']],
    ['^foo', 'a.foo.', undefined],
    ['foo$', 'a.foo', ['foo']],
    ['a|ab', 'ab', ['a']],
    ['(a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
    ['(?:a|b)+c', 'xababc', ['ababc']],
    ['(a)|(b)', 'b', ['b', '', 'b']],
    ['(?P<first>x)(?<second>y)', 'xy', ['xy', 'x', 'y']],
    ['a{2,3}', 'aaaa', ['aaa']],
    ['a{2,}?', 'aaaa', ['aa']],
    ['a{0}b', 'ab', ['b']],
    ['x{', 'x{', ['x{']],
    ['(?i)FOO\\.', 'foo.', ['foo.']],
    ['(?i:F)oo', 'foo', ['foo']],
    ['(?i:F)OO', 'foo', undefined],
    ['(?U)a+', 'aaa', ['a']],
    ['[[:digit:]]+[^a-y]', 'a42z', ['42z']],
    ['[]a]+', 'a]b', ['a]']],
    ['[\\w-]+', '!a_b-c!', ['a_b-c']],
    ['\\Qa.b\\E+', 'a.bbb', ['a.bbb']],
    ['\\x41\\x{42}\\103', 'ABC', ['ABC']],
    ['\\bweb\\b', 'my-web.org', ['web']],
    ['\\Bweb', 'my-web.org', undefined],
    ['(a*)*', 'aab', ['aa', 'aa']],
    ['(|a)*', 'aab', ['', '']],
    ['', 'x', ['']],
  ])('%s in %s is %j', (pattern, text, groups) => {
    expect(new LinearRegexp(pattern).exec(text)).toEqual(groups);
  });
});

test.each(
  [
    ['([a]\\.com', 'not closed'],
    ['a)', 'no opening one'],
    ['*a', 'nothing in front of'],
    ['a**', 'repetition is repeated'],
    ['(?=a)', 'looking around'],
    ['(?<!a)', 'looking around'],
    ['(a)\\1', 'refer back'],
    ['\\pL', 'not an escape'],
    ['[z-a]', 'from low to high'],
    ['[[:nothing:]]', 'not a class'],
    ['[a', 'ends too early'],
    ['a{1001}', 'at most 1000'],
    ['(a{1000}){1000}', 'too large'],
    ['('.repeat(300) + ')'.repeat(300), 'deep'],
    ['a'.repeat(10_001), 'longer than'],
  ].map(([pattern, problem]) => ({ pattern, problem, short: pattern?.slice(0, 30) })),
)('$short is refused: $problem', ({ pattern = '', problem }) => {
  expect(() => new LinearRegexp(pattern)).toThrow(problem);
});

/**
 * Patterns that Go and JavaScript understand in the same way, small enough for JavaScript's engine. They differ where something is
 * repeated that may be empty, so only characters are.
 */
const pattern = fc.letrec<{ node: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    fc
      .tuple(fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\.', '\\w'), fc.constantFrom('', '', '?', '??', '*', '*?', '+', '{1,2}'))
      .map((parts) => parts.join('')),
    fc.constantFrom('$', '^', '\\b', '\\B'),
    tie('node').map((inner) => `(${inner})`),
    tie('node').map((inner) => `(?:${inner})`),
  ),
  node: fc
    .array(
      fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map((options) => options.join('|')),
})).node;

test('it finds what JavaScript finds, where both understand a pattern in the same way', () => {
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 8 }), (source, text) => {
      const theirs = new RegExp(source).exec(text);
      const ours = new LinearRegexp(source).exec(text);
      expect(ours).toEqual(theirs === null ? undefined : [...theirs].map((group) => group ?? ''));
    }),
    { numRuns: 2000 },
  );
});

test.each(['(a+)+$', '(a|aa)+$', '(.*a){12}$', '([a-z]+)*\\.$', '(x+x+)+y'])('%s takes no more steps than program times text', (source) => {
  // JavaScript's own engine would try more ways than there are atoms; the assertion is that this ends.
  expect(new LinearRegexp(source).exec(`${'a'.repeat(120)}${'x'.repeat(120)}!`)).toBeUndefined();
});
