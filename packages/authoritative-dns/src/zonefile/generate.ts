import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

/** What `$GENERATE` counts through. */
export interface GenerateRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

const largest = 0x7fff_ffff; // what BIND counts with

/** Reads `start-stop` or `start-stop/step`. */
export function parseRange(text: string): ParseResult<GenerateRange> {
  const parts = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(text);
  if (parts === null) return unparsable(`"${text}" is not a range like 1-254 or 0-100/5`);
  const [start = 0, stop = 0, step = 1] = parts.slice(1).map((part) => (part === undefined ? 1 : Number(part)));
  if (start > stop) return unparsable(`the range ${text} ends before it starts`);
  if (stop > largest || step > largest || step === 0) return unparsable(`the range ${text} has a number above ${largest}, or the step 0`);
  return parsed({ start, stop, step });
}

/** How many numbers a range holds. */
export function rangeCount({ start, stop, step }: GenerateRange): number {
  return Math.floor((stop - start) / step) + 1;
}

/**
 * `$` and `${offset,width,base}` of a template replaced for one number, as BIND does: base d, o, x, X, or n, N for nibbles in
 * reverse with dots; `$$` is one `$`, and what stands behind a backslash stays.
 */
export function expandTemplate(template: string, number: number): ParseResult<string> {
  if (!template.includes('$')) return parsed(template);
  let text = '';
  for (let at = 0; at < template.length; at++) {
    const character = template[at] as string;
    if (character === '\\') {
      text += character + (template[++at] ?? '');
    } else if (character !== '$') {
      text += character;
    } else if (template[at + 1] === '$') {
      text += character;
      at++;
    } else if (template[at + 1] === '{') {
      const end = template.indexOf('}', at);
      const modifier = end < 0 ? undefined : modified(template.slice(at + 2, end), number);
      if (modifier === undefined)
        return unparsable(
          `"${template.slice(at)}" does not start with a modifier like \${0,3,d}: offset, width up to 255, base d o x X n N`,
        );
      if (modifier === '') return unparsable(`"${template}" becomes negative at ${number}`);
      text += modifier;
      at = end;
    } else {
      text += String(number);
    }
  }
  return parsed(text);
}

/** The number in the form of a modifier; empty when it is negative, `undefined` when the modifier is none. */
function modified(modifier: string, number: number): string | undefined {
  const parts = /^(-?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?$/.exec(modifier);
  if (parts === null) return undefined;
  const width = Number(parts[2] ?? 0);
  const base = parts[3] ?? 'd';
  const value = number + Number(parts[1]);
  if (width > 255) return undefined;
  if (value < 0) return '';
  if (base === 'n' || base === 'N') return nibbles(value, width, base === 'N');
  const digits = value.toString(base === 'd' ? 10 : base === 'o' ? 8 : 16).padStart(width, '0');
  return base === 'X' ? digits.toUpperCase() : digits;
}

/** Hex digits from the lowest, with dots; `width` counts the dots too, and a dot at the end joins what follows. */
function nibbles(value: number, width: number, upper: boolean): string {
  let text = '';
  let left = value;
  do {
    text += (left % 16).toString(16);
    left = Math.floor(left / 16);
    if (text.length < width || left > 0) text += '.';
  } while (left > 0 || text.length < width);
  return upper ? text.toUpperCase() : text;
}
