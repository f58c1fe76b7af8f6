import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, it } from 'vitest';

import { parseCorefile, type ParsedCorefile } from './parser.ts';

const folder = temporaryFolder('parser');
afterAll(() => folder[Symbol.dispose]());

function put(name: string, text: string): void {
  const path = join(folder.path, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

const warnings: string[] = [];

function parse(text: string): ParsedCorefile {
  warnings.length = 0;
  const environment = (name: string): string | undefined => ({ PORT: '1053', EMPTY: '' })[name];
  const warn = (message: string, { line }: { line: number }): void => void warnings.push(`${line}: ${message}`);
  return parseCorefile(text, { file: join(folder.path, 'Corefile'), environment, warn });
}

/** Blocks as `KEYS: DIRECTIVE ARGS {…}`. */
function shape(text: string): string[] {
  return parse(text).blocks.map(({ keys, directives }) => {
    const lines = directives.map(
      ({ name, args, block }) => `${[name, ...args.map((arg) => arg.text)].join(' ')}${block.length > 0 ? ' {…}' : ''}`,
    );
    return `${keys.map((key) => key.text).join(' ')}: ${lines.join(', ')}`;
  });
}

/** The message of the mistake, its file cut. */
function mistake(text: string): string {
  try {
    parse(text);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder.path}/`, '');
  }
  return 'no mistake';
}

describe('the grammar of Corefiles', () => {
  it('a block without braces is the rest of the file', () => {
    expect(shape('.:53\nwhoami\nlog . "{type} {name}"')).toEqual(['.:53: whoami, log . {type} {name}']);
  });

  it('keys are divided by blanks or commas, and a comma goes on with the next line', () => {
    expect(shape('a.example b.example,c.example,\nd.example {\n whoami\n}')).toEqual(['a.example b.example c.example d.example: whoami']);
  });

  it('environment variables stand in keys and arguments; one that is not set counts as nothing, and that is said', () => {
    expect(shape('.:{$PORT} {\n bind {%NONE%}127.0.0.1 x{$EMPTY}\n}')).toEqual(['.:1053: bind 127.0.0.1 x']);
    expect(warnings).toEqual(['2: the environment variable NONE is not set, so it counts as nothing']);
  });

  it('every token knows its file and line, behind quotes that span lines as well', () => {
    const { blocks } = parse('.:53 {\n log . "a\nb"\n errors\n}');
    expect(blocks[0]?.directives.map(({ at }) => at.line)).toEqual([2, 4]);
  });

  it('snippets are imported wherever a line may stand, in any order of their lines', () => {
    const text = '(late) {\n errors\n log\n}\n(early) {\n whoami\n}\n. {\n import early\n import late\n debug\n}';
    expect(shape(text)).toEqual(['.: whoami, errors, log, debug']);
  });

  it('imports start at the folder of the file that has them', () => {
    put('conf.d/zones/a.conf', 'a.example {\n import ../common\n}');
    put('conf.d/common', 'whoami');
    expect(shape('import conf.d/zones/a.conf')).toEqual(['a.example: whoami']);
  });

  it('a pattern imports files in order of their names and leaves folders out; one that fits nothing is said', () => {
    put('custom/b.server', 'b.example {\n}');
    put('custom/a.server', 'a.example {\n}');
    put('custom/..data/c.server', 'never');
    expect(shape('import custom/*.server\nimport custom/*.override')).toEqual(['a.example: ', 'b.example: ']);
    expect(warnings).toEqual(['2: no file fits the pattern "custom/*.override", so nothing is imported']);
  });

  it.each([
    ['.:53 {\n whoami', 'Corefile:1: the brace of this server block is not closed'],
    ['.:53 {\n whoami }', 'Corefile:2: the closing brace after "whoami" must stand on a line of its own'],
    ['.:53 {\n health {\n lameduck 5s }\n}', 'Corefile:3: the closing brace after "lameduck" must stand on a line of its own'],
    ['.:53 {\n health\n {\n }\n}', 'Corefile:3: a brace opens at the end of the line that it belongs to'],
    ['.:53 {\n log "open\n}', 'Corefile:2: the quotes that open here are not closed'],
    ['.:53{\n whoami\n}', 'Corefile:1: a blank is missing before the brace of ".:53{"'],
    ['a.example,', 'Corefile:1: after "a.example," another zone is expected'],
    ['{\n whoami\n}', 'Corefile:1: a server block needs a zone before its brace'],
    ['.:53 {\n}\n}', 'Corefile:3: this brace closes nothing'],
    ['. {\n import\n}', 'Corefile:2: import needs the name of a snippet or file'],
    ['. {\n import a b\n}', 'Corefile:2: import takes one snippet, file or pattern, and "b" is one too many'],
    ['(x) {\n import x\n}\n. {\n import x\n}', /^Corefile:2: an import leads to itself: Corefile → \(x\) → \(x\)$/],
    [
      '(x) {\n import y\n import y\n}\n(y) {\n import z\n import z\n}\n. {\n import x\n}',
      /cannot import ".*z": there is no such file, and no snippet of this name above/,
    ],
  ])('%j is a mistake: %s', (text, expected) => {
    expect(mistake(text)).toMatch(expected);
  });
});
