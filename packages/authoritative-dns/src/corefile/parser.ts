import type { Directive, DirectiveLine, Position } from '../chain/setup.ts';
import { corefileError, formatPosition } from './corefile-error.ts';
import type { CorefileToken } from './corefile-token.ts';
import type { Environment } from './environment.ts';
import type { ServerBlock } from './server-block.ts';
import { TokenSource } from './token-source.ts';

/** A Corefile taken apart. */
export interface ParsedCorefile {
  readonly blocks: readonly ServerBlock[];
  /** Content of the Corefile and of every file that it imports, by absolute path. */
  readonly files: ReadonlyMap<string, string>;
}

/** Options of {@link parseCorefile}. */
export interface ParseOptions {
  /** Path of the Corefile, for messages; imports start at its folder. */
  readonly file: string;
  /** Default: that of the process. */
  readonly environment?: Environment;
  /** Says what does not keep the Corefile from running. */
  readonly warn?: (message: string, at: Position) => void;
}

/**
 * Reads the grammar of a Corefile: server blocks, directives with their braces, snippets, imports and environment variables. It knows
 * no directive. Throws SM_COREFILE_INVALID for the first mistake.
 */
export function parseCorefile(text: string, options: ParseOptions): ParsedCorefile {
  const { file, environment = (name) => process.env[name], warn = () => undefined } = options;
  const source = new TokenSource(text, file, { environment, warn });
  const blocks: ServerBlock[] = [];
  while (source.peek() !== undefined) {
    const block = readBlock(source);
    if (block !== undefined) blocks.push(block);
  }
  return { blocks, files: source.files };
}

/** The next server block; `undefined` after a snippet, or where the file has nothing but an empty word. */
function readBlock(source: TokenSource): ServerBlock | undefined {
  const first = source.peek() as CorefileToken;
  const keys = readKeys(source);
  const opening = source.peek();
  const hasBraces = opening?.text === '{';
  const [key] = keys;
  if (key !== undefined && keys.length === 1 && /^\(.*\)$/s.test(key.text)) {
    if (!hasBraces) throw corefileError(key.at, `the snippet ${key.text} needs braces`);
    source.define(key.text.slice(1, -1), readSnippet(source, key), key.at);
    return undefined;
  }
  if (key === undefined) {
    if (opening === undefined) return undefined;
    const problem = hasBraces ? 'a server block needs a zone before its brace' : 'a server block starts with its zones';
    throw corefileError(opening.at, problem, 'Write for example: .:53 {');
  }
  if (!hasBraces) return { keys, directives: readDirectives(source, undefined), at: first.at };
  source.take();
  return { keys, directives: readDirectives(source, opening), at: first.at };
}

/** Keys up to the brace or the end of their line; a comma at the end of a line goes on with the next. */
function readKeys(source: TokenSource): CorefileToken[] {
  const keys: CorefileToken[] = [];
  let comma: CorefileToken | undefined;
  let isFirst = true;
  for (;;) {
    const token = source.peek();
    if (token === undefined || (token.startsLine && !isFirst && comma === undefined)) break;
    if (token.text === '{') break;
    if (token.text === '}') throw corefileError(token.at, 'this brace closes nothing');
    source.take();
    isFirst = false;
    if (token.text.length > 1 && token.text.endsWith('{')) {
      throw corefileError(token.at, `a blank is missing before the brace of ${JSON.stringify(token.text)}`);
    }
    const { text } = source.expand(token);
    comma = text.endsWith(',') ? token : undefined;
    // `a,b` without a blank is one word of two keys.
    keys.push(...text.split(',').flatMap((part) => (part === '' ? [] : [{ ...token, text: part }])));
  }
  if (comma !== undefined) throw corefileError(comma.at, `after ${JSON.stringify(comma.text)} another zone is expected`, 'Cut the comma.');
  return keys;
}

/** The words of a snippet's braces, imports not carried out. */
function readSnippet(source: TokenSource, name: CorefileToken): CorefileToken[] {
  source.take();
  const tokens: CorefileToken[] = [];
  for (let depth = 1; ;) {
    const token = source.take(true);
    if (token === undefined) throw corefileError(name.at, `the brace of the snippet ${name.text} is not closed`);
    if (token.text === '{') depth++;
    if (token.text === '}' && --depth === 0) return tokens;
    tokens.push(token);
  }
}

/** Directives up to the brace that closes the block, or to the end of the file in a block without braces. */
function readDirectives(source: TokenSource, opening: CorefileToken | undefined): Directive[] {
  const directives: Directive[] = [];
  for (;;) {
    const token = source.peek();
    if (token === undefined) {
      if (opening === undefined) return directives;
      throw corefileError(opening.at, 'the brace of this server block is not closed', 'Add } on a line of its own.');
    }
    if (token.text === '}') {
      source.take();
      if (opening === undefined) throw corefileError(token.at, 'this brace closes nothing');
      return directives;
    }
    const { name, args, block } = readLine(source);
    directives.push({ name: name.text, args, block, at: name.at });
  }
}

/** One line with the braces at its end. */
function readLine(source: TokenSource): DirectiveLine {
  const name = source.take() as CorefileToken;
  if (name.text === '{') {
    throw corefileError(name.at, 'a brace opens at the end of the line that it belongs to', 'Move the brace to the line above.');
  }
  const args: CorefileToken[] = [];
  for (;;) {
    const token = source.peek();
    if (token === undefined || token.startsLine) break;
    source.take();
    if (token.text === '}') {
      throw corefileError(token.at, `the closing brace after ${JSON.stringify(name.text)} must stand on a line of its own`);
    }
    if (token.text === '{') return { name, args, block: readBraces(source, name, token) };
    args.push(source.expand(token));
  }
  return { name, args, block: [] };
}

/** The lines in a directive's braces. */
function readBraces(source: TokenSource, owner: CorefileToken, opening: CorefileToken): DirectiveLine[] {
  const lines: DirectiveLine[] = [];
  for (;;) {
    const token = source.peek();
    if (token === undefined) {
      throw corefileError(opening.at, `the brace of ${owner.text} is not closed`, 'Add } on a line of its own.');
    }
    if (token.text === '}') {
      source.take();
      const after = source.peek();
      if (after !== undefined && !after.startsLine) {
        throw corefileError(
          after.at,
          `${JSON.stringify(after.text)} follows the brace that closes ${owner.text} (${formatPosition(owner.at)})`,
        );
      }
      return lines;
    }
    const line = readLine(source);
    lines.push({ ...line, name: source.expand(line.name as CorefileToken) });
  }
}
