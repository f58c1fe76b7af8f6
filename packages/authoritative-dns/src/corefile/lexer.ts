import { type CorefileError, corefileError } from './corefile-error.ts';
import type { CorefileToken } from './corefile-token.ts';

/**
 * Splits a Corefile into words at white space. `"…"` at the start of a word is one word, may span lines, and knows `\"` as its only
 * escape; `#` outside quotes starts a comment, also inside a word; carriage returns and a byte order mark count as nothing.
 * Words end before quotes that are not closed; `onMistake` hears of these, or SM_COREFILE_INVALID is thrown.
 */
export function tokenize(text: string, file: string, onMistake?: (error: CorefileError) => void): CorefileToken[] {
  const tokens: CorefileToken[] = [];
  let line = 1;
  let isLineStart = true;
  let word = '';
  let isComment = false;
  const finish = (): void => {
    if (word === '') return;
    tokens.push({ text: word, at: { file, line }, startsLine: isLineStart });
    word = '';
    isLineStart = false;
  };
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\r') continue;
    if (character === '\n') {
      finish();
      line++;
      isLineStart = true;
      isComment = false;
    } else if (isComment) {
      continue;
    } else if (character === '#') {
      isComment = true;
    } else if (/\s/u.test(character)) {
      finish();
    } else if (character === '"' && word === '') {
      const quoted = readQuoted(text, at);
      if (quoted === undefined) {
        const mistake = corefileError({ file, line }, 'the quotes that open here are not closed', 'Close them with ".');
        if (onMistake === undefined) throw mistake;
        onMistake(mistake);
        return tokens;
      }
      tokens.push({ text: quoted.value, at: { file, line }, startsLine: isLineStart });
      isLineStart = false;
      line += quoted.lines;
      at = quoted.end;
    } else {
      word += character;
    }
  }
  finish();
  return tokens;
}

/** What stands in the quotes that open at `start`, and where they close. */
function readQuoted(text: string, start: number): { value: string; end: number; lines: number } | undefined {
  let value = '';
  let lines = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"') return { value, end: at, lines };
    if (character === '\n') lines++;
    if (character === '\\' && text[at + 1] === '"') {
      value += '"';
      at++;
    } else if (character !== '\r') {
      value += character;
    }
  }
  return undefined;
}
