import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { messageOf } from '@seamark/common/errors';

import type { Position } from '../chain/setup.ts';
import { corefileError, formatPosition } from './corefile-error.ts';
import type { CorefileToken } from './corefile-token.ts';
import { type Environment, expandEnvironment } from './environment.ts';
import { filesMatching, isPattern, patternProblem } from './import-glob.ts';
import { tokenize } from './lexer.ts';

/** Imports within imports; deeper is surely a mistake. */
const maxDepth = 100;
/** Words that all imports together may come to, so that a doubling chain of imports ends. */
const maxTokens = 1_000_000;

/** Options of {@link TokenSource}. */
export interface TokenSourceOptions {
  readonly environment: Environment;
  /** Says what does not keep the Corefile from running. */
  readonly warn: (message: string, at: Position) => void;
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
  private readonly snippets = new Map<string, { readonly tokens: readonly CorefileToken[]; readonly at: Position }>();
  private readonly frames: Frame[] = [];
  private readonly options: TokenSourceOptions;
  private imported = 0;

  constructor(text: string, file: string, options: TokenSourceOptions) {
    this.options = options;
    this.files.set(resolve(file), text);
    this.frames.push({ tokens: tokenize(text, file), name: resolve(file), ancestors: [], next: 0 });
  }

  /** The next word, not taken yet. Carries out imports unless `raw`. Throws SM_COREFILE_INVALID for an import that fails. */
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

  /** Keeps a snippet for `import`. Throws SM_COREFILE_INVALID when there is one of this name. */
  define(name: string, tokens: readonly CorefileToken[], at: Position): void {
    const before = this.snippets.get(name);
    if (before !== undefined) throw corefileError(at, `the snippet (${name}) is defined twice, first at ${formatPosition(before.at)}`);
    this.snippets.set(name, { tokens, at });
  }

  /** Replaces the line `import X` at the place of `frame`. */
  private carryOut(frame: Frame): void {
    const line: CorefileToken[] = [];
    do line.push(frame.tokens[frame.next++] as CorefileToken);
    while (frame.tokens[frame.next]?.startsLine === false);
    const [directive, what, extra] = line as [CorefileToken, CorefileToken?, CorefileToken?];
    if (what === undefined) throw corefileError(directive.at, 'import needs the name of a snippet or file');
    if (extra !== undefined)
      throw corefileError(extra.at, `import takes one snippet, file or pattern, and "${extra.text}" is one too many`);
    const name = this.expand(what).text;
    if (name === '') throw corefileError(what.at, 'import needs the name of a snippet or file, and this one is empty');
    const snippet = this.snippets.get(name);
    if (snippet === undefined) this.importFiles(name, what, frame);
    else this.enter(`(${name})`, snippet.tokens, what, frame);
  }

  private importFiles(name: string, from: CorefileToken, frame: Frame): void {
    const path = isAbsolute(name) ? name : join(dirname(from.at.file), name);
    const problem = patternProblem(name);
    if (problem !== undefined) throw corefileError(from.at, `the pattern ${JSON.stringify(name)} cannot be imported: ${problem}`);
    if (!isPattern(name)) return this.importFile(path, from, frame);
    const files = filesMatching(resolve(path));
    if (files.length === 0) this.options.warn(`no file fits the pattern ${JSON.stringify(name)}, so nothing is imported`, from.at);
    // The last one entered is read first.
    for (const file of files.toReversed()) this.importFile(file, from, frame);
  }

  private importFile(path: string, from: CorefileToken, frame: Frame): void {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file or snippet' : messageOf(error);
      throw corefileError(from.at, `cannot import ${JSON.stringify(path)}: ${why}`);
    }
    this.files.set(resolve(path), text);
    this.enter(resolve(path), tokenize(text, path), from, frame);
  }

  private enter(name: string, tokens: readonly CorefileToken[], from: CorefileToken, importer: Frame): void {
    const ancestors = [...importer.ancestors, importer.name];
    if (ancestors.includes(name)) throw corefileError(from.at, `an import leads to itself: ${[...ancestors, name].join(' → ')}`);
    this.imported += tokens.length;
    if (ancestors.length > maxDepth || this.imported > maxTokens) throw corefileError(from.at, 'too much is imported');
    const [first, ...rest] = tokens;
    if (first !== undefined) this.frames.push({ tokens: [{ ...first, startsLine: true }, ...rest], name, ancestors, next: 0 });
  }
}
