import type { TextField } from './text-field.ts';

const blank = 1; // blank, tab, carriage return
const newline = 2;
const quote = 3;
const comment = 4;
const open = 5;
const close = 6;
const escape = 7;

/** What each octet means outside quotes; 0 is part of a word. */
const classes = new Uint8Array(256);
for (const [characters, kind] of [
  [' \t\r', blank],
  ['\n', newline],
  ['"', quote],
  [';', comment],
  ['(', open],
  [')', close],
  ['\\', escape],
] as const) {
  for (const character of characters) classes[character.charCodeAt(0)] = kind;
}

/**
 * Splits text into entries of a zone file (RFC 1035 5.1): lines of words, several lines within parentheses, comments left out. The
 * text has one character per octet. After each call of {@link TextLexer.next} the public fields hold the entry, and they are reused.
 */
export class TextLexer {
  /** The entry's words. */
  readonly fields: TextField[] = [];
  /** Line, from 1, of each word. */
  readonly lines: number[] = [];
  /** Whether the entry starts with a blank: its owner is that of the entry before. */
  startsBlank = false;
  /** Line on which the entry starts. */
  line = 0;
  /** What keeps the entry from being read, with the line; reading goes on behind it. */
  problem: { readonly problem: string; readonly line: number } | undefined;
  private readonly text: string;
  private at = 0;
  private nextLine = 1;

  constructor(text: string) {
    this.text = text;
  }

  /** Where the next entry starts. */
  get offset(): number {
    return this.at;
  }

  /** Reads the next entry that has words or a problem; false at the end of the text. */
  next(): boolean {
    const { text, fields, lines } = this;
    const { length } = text;
    fields.length = lines.length = 0;
    this.problem = undefined;
    let { at } = this;
    let line = this.nextLine;
    let openedAt = 0;
    let entryStart = at;
    for (;;) {
      if (at >= length) break;
      const kind = classes[text.charCodeAt(at)];
      if (kind === blank) {
        at++;
      } else if (kind === newline) {
        at++;
        line++;
        if (openedAt !== 0) continue;
        if (fields.length > 0) break;
        entryStart = at;
      } else if (kind === comment) {
        at = text.indexOf('\n', at);
        if (at < 0) at = length;
      } else if (kind === open) {
        if (openedAt !== 0) return this.fail('has a "(" inside parentheses: they do not nest', at, line);
        openedAt = line;
        at++;
      } else if (kind === close) {
        if (openedAt === 0) return this.fail('has a ")" without a "("', at, line);
        openedAt = 0;
        at++;
      } else {
        if (fields.length === 0) {
          this.line = line;
          const first = classes[text.charCodeAt(entryStart)];
          this.startsBlank = entryStart !== at && first === blank;
        }
        const quoted = kind === quote;
        const end = quoted ? quoteEnd(text, at) : wordEnd(text, at);
        if (end < 0) return this.fail('has a quote without its end on the same line, or a backslash at the end of the line', at, line);
        fields.push(quoted ? { text: text.slice(at + 1, end - 1), quoted } : { text: text.slice(at, end), quoted });
        lines.push(line);
        at = end;
      }
    }
    this.at = at;
    this.nextLine = line;
    if (openedAt !== 0) this.problem = { problem: 'has a "(" without a ")" up to the end', line: openedAt };
    return fields.length > 0 || this.problem !== undefined;
  }

  /** Ends the entry at the end of the line that has the problem. */
  private fail(problem: string, at: number, line: number): true {
    const end = this.text.indexOf('\n', at);
    this.at = end < 0 ? this.text.length : end + 1;
    this.nextLine = line + 1;
    this.problem = { problem, line };
    return true;
  }
}

/** Behind the closing quote of the string that opens at `at`; −1 when the line ends first. */
function quoteEnd(text: string, at: number): number {
  for (let place = at + 1; place < text.length; place++) {
    const character = text.charCodeAt(place);
    if (character === 0x22) return place + 1;
    if (character === 0x0a) return -1;
    if (character === 0x5c && text.charCodeAt(++place) === 0x0a) return -1;
  }
  return -1;
}

/** Behind a word; a quote in it (`key="a b"`) takes what stands in it along. −1 when that has no end. */
function wordEnd(text: string, at: number): number {
  let place = at;
  while (place < text.length) {
    const kind = classes[text.charCodeAt(place)];
    if (kind === escape) {
      const next = text.charCodeAt(place + 1);
      if (next === 0x0a || place + 1 >= text.length) return -1;
      place += 2;
    } else if (kind === quote) {
      place = quoteEnd(text, place);
      if (place < 0) return -1;
    } else if (kind !== undefined && kind !== 0) {
      break;
    } else {
      place++;
    }
  }
  return place;
}

/** One character per octet of UTF-8, as {@link TextLexer} reads text. ASCII stays as it is. */
export function expandUtf8(text: string): string {
  // eslint-disable-next-line no-control-regex -- everything above ASCII is what is looked for
  return /^[\u0000-\u007f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
