import { dirname, isAbsolute, join, resolve } from 'node:path';

import type { Position } from '../chain/setup.ts';
import { type CorefileError, corefileError, formatPosition } from './corefile-error.ts';
import type { CorefileToken } from './corefile-token.ts';
import { type Environment, expandEnvironment } from './environment.ts';
import { filesMatching, isPattern, patternProblem } from './import-glob.ts';
import { tokenize } from './lexer.ts';
import { readText } from './read-text.ts';

/** Imports within imports; deeper is surely a mistake. */
const maxDepth = 100;
/** Words that all imports together may come to, so that a doubling chain of imports ends. */
const maxTokens = 1_000_000;

/** Options of {@link TokenSource}. */
export interface TokenSourceOptions {
  readonly environment: Environment;
  /** Says what does not keep the Corefile from running. */
  readonly warn: (message: string, at: Position) => void;
  /** Hears of each mistake; reading goes on behind it when this returns. */
  readonly onMistake: (error: CorefileError) => void;
}

/** Tokens of one file or snippet that are being read. */
interface Frame {
  readonly tokens: readonly CorefileToken[];
  /** Absolute path, or the snippet's name with its parentheses. */
  readonly name: string;
  /** Names of the frames that led here. */
  readonly ancestors: readonly string[];
  next: number;
}

/**
 * The words of a Corefile in reading order, with what `import` names in the place of each import. Words come as they were written:
 * {@link expand} puts the environment in.
 */
export class TokenSource {
  /** Content of each file that was read, by absolute path. */
  readonly files = new Map<string, string>();
  /** True once words are missing because quotes were not closed: what they would have closed is not another mistake. */
  isCut = false;
  private readonly snippets = new Map<string, { readonly tokens: readonly CorefileToken[]; readonly at: Position }>();
  private readonly frames: Frame[] = [];
  private readonly options: TokenSourceOptions;
  private imported = 0;

  constructor(text: string, file: string, options: TokenSourceOptions) {
    this.options = options;
    this.files.set(resolve(file), text);
    this.frames.push({ tokens: this.tokenize(text, file), name: resolve(file), ancestors: [], next: 0 });
  }

  /** The next word, not taken yet. Carries out imports unless `raw`; one that fails is a mistake and brings nothing. */
  peek(raw = false): CorefileToken | undefined {
    for (;;) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return undefined;
      const token = frame.tokens[frame.next];
      if (token === undefined) {
        this.frames.pop();
      } else if (!raw && token.text === 'import' && token.startsLine) {
        this.carryOut(frame);
      } else {
        return token;
      }
    }
  }

  /** Takes the next word. */
  take(raw = false): CorefileToken | undefined {
    const token = this.peek(raw);
    const frame = this.frames.at(-1);
    if (frame !== undefined) frame.next++;
    return token;
  }

  /** The word with the environment's values in it. */
  expand(token: CorefileToken): CorefileToken {
    const text = expandEnvironment(token.text, this.options.environment, (name) =>
      this.options.warn(`the environment variable ${name} is not set, so it counts as nothing`, token.at),
    );
    return text === token.text ? token : { ...token, text };
  }

  /** Tells a mistake. */
  fail(at: Position, problem: string, fix?: string): void {
    this.options.onMistake(corefileError(at, problem, fix));
  }

  /** Keeps a snippet for `import`; a second one of a name is a mistake, and the first one stays. */
  define(name: string, tokens: readonly CorefileToken[], at: Position): void {
    const before = this.snippets.get(name);
    if (before === undefined) this.snippets.set(name, { tokens, at });
    else this.fail(at, `the snippet (${name}) is defined twice, first at ${formatPosition(before.at)}`, 'Rename or delete one of them.');
  }

  /** Replaces the line `import X` at the place of `frame`. */
  private carryOut(frame: Frame): void {
    const line: CorefileToken[] = [];
    do line.push(frame.tokens[frame.next++] as CorefileToken);
    while (frame.tokens[frame.next]?.startsLine === false);
    const [directive, what, extra] = line as [CorefileToken, CorefileToken?, CorefileToken?];
    const usage = 'Write import SNIPPET, import FILE or import PATTERN.';
    if (what === undefined) return this.fail(directive.at, 'import needs the name of a snippet or file', usage);
    if (extra !== undefined)
      return this.fail(extra.at, `import takes one snippet, file or pattern, and "${extra.text}" is one too many`, usage);
    const name = this.expand(what).text;
    if (name === '') return this.fail(what.at, 'import needs the name of a snippet or file, and this one is empty', usage);
    const snippet = this.snippets.get(name);
    if (snippet === undefined) this.importFiles(name, what, frame);
    else this.enter(`(${name})`, snippet.tokens, what, frame);
  }

  private importFiles(name: string, from: CorefileToken, frame: Frame): void {
    const path = isAbsolute(name) ? name : join(dirname(from.at.file), name);
    const problem = patternProblem(name);
    if (problem !== undefined) return this.fail(from.at, `the pattern ${JSON.stringify(name)} cannot be imported: ${problem}`);
    if (!isPattern(name)) return this.importFile(path, from, frame);
    const files = filesMatching(resolve(path));
    if (files.length === 0) this.options.warn(`no file fits the pattern ${JSON.stringify(name)}, so nothing is imported`, from.at);
    // The last one entered is read first.
    for (const file of files.toReversed()) this.importFile(file, from, frame);
  }

  private importFile(path: string, from: CorefileToken, frame: Frame): void {
    const read = readText(path);
    if (!read.ok) {
      const isNowhere = read.problem === 'there is no such file';
      const why = isNowhere ? 'there is no such file, and no snippet of this name above' : read.problem;
      return this.fail(from.at, `cannot import ${JSON.stringify(path)}: ${why}`, isNowhere ? snippetsFirst : undefined);
    }
    this.files.set(resolve(path), read.text);
    this.enter(resolve(path), this.tokenize(read.text, path), from, frame);
  }

  private enter(name: string, tokens: readonly CorefileToken[], from: CorefileToken, importer: Frame): void {
    const ancestors = [...importer.ancestors, importer.name];
    if (ancestors.includes(name)) {
      return this.fail(from.at, `an import leads to itself: ${[...ancestors, name].join(' → ')}`, 'Delete one of these imports.');
    }
    this.imported += tokens.length;
    if (ancestors.length > maxDepth) return this.fail(from.at, `imports lead on for more than ${maxDepth} steps`);
    if (this.imported > maxTokens) return this.fail(from.at, `all imports together are more than ${maxTokens} words`);
    const [first, ...rest] = tokens;
    if (first !== undefined) this.frames.push({ tokens: [{ ...first, startsLine: true }, ...rest], name, ancestors, next: 0 });
  }

  private tokenize(text: string, file: string): CorefileToken[] {
    return tokenize(text, file, (error) => {
      this.isCut = true;
      this.options.onMistake(error);
    });
  }
}

const snippetsFirst = 'Check the path, which starts at the folder of the importing file; a snippet stands above its first import.';
