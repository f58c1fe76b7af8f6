import type { Directive, DirectiveLine, Position } from '../chain/setup.ts';
import { type CorefileError, formatPosition } from './corefile-error.ts';
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
  /** Hears of each mistake; what is behind it is read as far as it makes sense. Without it the first mistake is thrown. */
  readonly onMistake?: (error: CorefileError) => void;
}

/**
 * Reads the grammar of a Corefile: server blocks, directives with their braces, snippets, imports and environment variables. It knows
 * no directive. Mistakes are SM_COREFILE_INVALID.
 */
export function parseCorefile(text: string, options: ParseOptions): ParsedCorefile {
  const { file, environment = (name) => process.env[name], warn = () => undefined, onMistake = raise } = options;
  const source = new TokenSource(text, file, { environment, warn, onMistake });
  const blocks: ServerBlock[] = [];
  while (source.peek() !== undefined) {
    const block = readBlock(source);
    if (block !== undefined) blocks.push(block);
  }
  return { blocks, files: source.files };
}

function raise(error: CorefileError): never {
  throw error;
}

const braceBehind = 'Put each closing brace on a line of its own.';
const braceMissing = 'Add } on a line of its own.';

/** The next server block; `undefined` after a snippet, or where nothing is left that could be one. */
function readBlock(source: TokenSource): ServerBlock | undefined {
  const first = source.peek() as CorefileToken;
  if (first.text === '}') {
    source.take();
    source.fail(first.at, 'this brace closes nothing', 'Delete it, or add the brace that it should close.');
    return undefined;
  }
  const { keys, opening } = readKeys(source);
  const [key] = keys;
  if (key !== undefined && keys.length === 1 && /^\(.*\)$/s.test(key.text)) {
    if (opening !== undefined) source.define(key.text.slice(1, -1), readSnippet(source, key), key.at);
    else source.fail(key.at, `the snippet ${key.text} needs braces`, `Write ${key.text} { and } on a line of its own.`);
    return undefined;
  }
  if (key === undefined) {
    if (opening === undefined && source.peek() === undefined) return undefined;
    source.fail(first.at, 'a server block needs a zone before its brace', 'Write for example: .:53 {');
  }
  return { keys, directives: readDirectives(source, opening), at: first.at };
}

/** Keys up to the brace, which is taken, or to the end of their line; a comma at the end of a line goes on with the next. */
function readKeys(source: TokenSource): { readonly keys: readonly CorefileToken[]; readonly opening: CorefileToken | undefined } {
  const keys: CorefileToken[] = [];
  let comma: CorefileToken | undefined;
  let opening: CorefileToken | undefined;
  for (let isFirst = true; opening === undefined; isFirst = false) {
    const token = source.peek();
    if (token === undefined || token.text === '}' || (token.startsLine && !isFirst && comma === undefined && token.text !== '{')) break;
    source.take();
    let { text } = token.text === '{' ? token : source.expand(token);
    if (text.endsWith('{')) {
      opening = token;
      text = text.slice(0, -1);
      const fix = `Write ${text} {`;
      if (text !== '') source.fail(token.at, `a blank is missing before the brace of ${JSON.stringify(token.text)}`, fix);
    }
    if (text !== '') comma = text.endsWith(',') ? token : undefined;
    // `a,b` without a blank is one word of two keys. What a variable made empty stays a key, to be refused.
    const parts = text.split(',').filter((part) => part !== '');
    if (token.text !== '{')
      keys.push(...(parts.length === 0 && text === '' && token.text !== '' ? [''] : parts).map((part) => ({ ...token, text: part })));
  }
  if (comma !== undefined) source.fail(comma.at, `after ${JSON.stringify(comma.text)} another zone is expected`, 'Cut the comma.');
  return { keys, opening };
}

/** The words of a snippet's braces, imports not carried out. */
function readSnippet(source: TokenSource, name: CorefileToken): CorefileToken[] {
  const tokens: CorefileToken[] = [];
  for (let depth = 1; ;) {
    const token = source.take(true);
    if (token === undefined) {
      if (!source.isCut) source.fail(name.at, `the brace of the snippet ${name.text} is not closed`, braceMissing);
      return tokens;
    }
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
      if (opening !== undefined && !source.isCut) source.fail(opening.at, 'the brace of this server block is not closed', braceMissing);
      return directives;
    }
    if (token.text === '}') {
      // A block without braces has none to close: the next block begins, which tells so.
      if (opening !== undefined) source.take();
      return directives;
    }
    const { name, args, block, closesOuter } = readLine(source);
    const before = name.text === '{' ? directives.pop() : undefined;
    if (before !== undefined) directives.push({ ...before, block: [...before.block, ...block] });
    else if (name.text !== '{') directives.push({ name: source.expand(name as CorefileToken).text, args, block, at: name.at });
    if (closesOuter && opening !== undefined) return directives;
  }
}

/** A line, and whether a brace that should stand on the next line closed what it stands in. */
interface ReadLine extends DirectiveLine {
  readonly closesOuter: boolean;
}

/** One line with the braces at its end. A line that is a brace alone has the name `{`. */
function readLine(source: TokenSource): ReadLine {
  const name = source.take() as CorefileToken;
  if (name.text === '{') {
    source.fail(name.at, 'a brace opens at the end of the line that it belongs to', 'Move the brace to the line above.');
    return { name, args: [], block: readBraces(source, name, name), closesOuter: false };
  }
  const args: CorefileToken[] = [];
  for (;;) {
    const token = source.peek();
    if (token === undefined || token.startsLine) break;
    source.take();
    if (token.text === '}') {
      const problem = `the closing brace after ${JSON.stringify(name.text)} must stand on a line of its own`;
      source.fail(token.at, problem, braceBehind);
      return { name, args, block: [], closesOuter: true };
    }
    if (token.text === '{') return { name, args, block: readBraces(source, name, token), closesOuter: false };
    args.push(source.expand(token));
  }
  return { name, args, block: [], closesOuter: false };
}

/** The lines in a directive's braces. */
function readBraces(source: TokenSource, owner: CorefileToken, opening: CorefileToken): DirectiveLine[] {
  const lines: DirectiveLine[] = [];
  for (;;) {
    const token = source.peek();
    if (token === undefined) {
      if (!source.isCut) source.fail(opening.at, `the brace of ${owner.text} is not closed`, braceMissing);
      return lines;
    }
    if (token.text === '}') {
      source.take();
      const after = source.peek();
      if (after !== undefined && !after.startsLine) {
        const problem = `${JSON.stringify(after.text)} follows the brace that closes ${owner.text} (${formatPosition(owner.at)})`;
        source.fail(after.at, problem, braceBehind);
      }
      return lines;
    }
    const { name, args, block, closesOuter } = readLine(source);
    const before = name.text === '{' ? lines.pop() : undefined;
    if (before !== undefined) lines.push({ ...before, block: [...before.block, ...block] });
    else if (name.text !== '{') lines.push({ name: source.expand(name as CorefileToken), args, block });
    if (closesOuter) return lines;
  }
}
