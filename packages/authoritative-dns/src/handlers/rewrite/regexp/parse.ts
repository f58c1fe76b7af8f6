import { foldedCase, negated, perlClass, posixClass, setOf } from './character-set.ts';
import { type CharacterSet, type Node, RegexpSyntaxError } from './syntax.ts';

/** Most repetitions that can be written, as in Go. */
const maxRepeats = 1000;

/** Depth of groups within groups; reading them is recursive. */
const maxDepth = 200;

interface Flags {
  readonly foldCase: boolean;
  readonly multiLine: boolean;
  readonly dotTakesNewline: boolean;
  readonly swapGreed: boolean;
}

/** A regular expression and how many groups it remembers. */
export interface ParsedRegexp {
  readonly node: Node;
  readonly groups: number;
}

/**
 * Reads a regular expression in the syntax of Go's regexp (RE2) over ASCII. Throws {@link RegexpSyntaxError}; among others for what Go
 * refuses too (references back, looking around) and for Unicode classes, which no name in presentation form could match.
 */
export function parseRegexp(source: string): ParsedRegexp {
  const parser = new Parser(source);
  const node = parser.choice({ foldCase: false, multiLine: false, dotTakesNewline: false, swapGreed: false }, 0);
  parser.expectEnd();
  return { node, groups: parser.groups };
}

class Parser {
  groups = 0;
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  expectEnd(): void {
    if (this.at < this.source.length) throw this.problem('a closing parenthesis has no opening one');
  }

  choice(outer: Flags, depth: number): Node {
    if (depth > maxDepth) throw this.problem(`it has groups within groups more than ${maxDepth} deep`);
    const options: Node[] = [];
    let parts: Node[] = [];
    let flags = outer;
    while (this.at < this.source.length && this.peek() !== ')') {
      if (this.take('|')) {
        options.push({ kind: 'sequence', parts });
        parts = [];
        continue;
      }
      const changed = this.flagsAlone(flags);
      if (changed !== undefined) {
        flags = changed;
        continue;
      }
      parts.push(...this.repeated(this.atom(flags, depth), flags));
    }
    options.push({ kind: 'sequence', parts });
    return options.length === 1 ? (options[0] as Node) : { kind: 'choice', options };
  }

  /** `(?i)`: holds to the end of the group that it stands in. */
  private flagsAlone(flags: Flags): Flags | undefined {
    const match = /^\(\?([imsU]*(?:-[imsU]+)?)\)/.exec(this.source.slice(this.at));
    if (match === null) return undefined;
    this.at += match[0].length;
    return withFlags(flags, match[1] as string);
  }

  private atom(flags: Flags, depth: number): Node[] {
    const character = this.next();
    switch (character) {
      case '(':
        return [this.group(flags, depth)];
      case '[':
        return [{ kind: 'set', set: this.characterClass(flags) }];
      case '.':
        return [{ kind: 'set', set: setOf((code) => flags.dotTakesNewline || code !== 0x0a) }];
      case '^':
        return [{ kind: 'assertion', assertion: flags.multiLine ? 'line-start' : 'text-start' }];
      case '$':
        return [{ kind: 'assertion', assertion: flags.multiLine ? 'line-end' : 'text-end' }];
      case '*':
      case '+':
      case '?':
        throw this.problem(`there is nothing in front of ${character} to repeat`);
      case '\\':
        return this.escape(flags);
      default:
        return [literal(character, flags)];
    }
  }

  private group(flags: Flags, depth: number): Node {
    const rest = this.source.slice(this.at);
    const named = /^\?P?<([A-Za-z0-9_]+)>/.exec(rest);
    const silent = /^\?([imsU]*(?:-[imsU]+)?):/.exec(rest);
    if (rest.startsWith('?') && named === null && silent === null) {
      throw this.problem(`"(${rest.slice(0, 3)}" is not a group: looking around and conditions are not there`);
    }
    this.at += (named ?? silent)?.[0].length ?? 0;
    const index = silent === null ? ++this.groups : undefined;
    const part = this.choice(silent === null ? flags : withFlags(flags, silent[1] as string), depth + 1);
    if (!this.take(')')) throw this.problem('a parenthesis is not closed');
    return { kind: 'group', part, index };
  }

  /** The last of `atoms` as often as what follows says; `\Q…\E` gives several. */
  private repeated(atoms: Node[], flags: Flags): Node[] {
    const last = atoms.at(-1);
    const counts = this.counts();
    if (counts === undefined) return atoms;
    if (last === undefined) throw this.problem('there is nothing to repeat');
    const lazy = this.take('?') !== flags.swapGreed;
    if (this.counts() !== undefined) throw this.problem('a repetition is repeated');
    return [...atoms.slice(0, -1), { kind: 'repeat', part: last, ...counts, lazy }];
  }

  private counts(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.take('*')) return { least: 0, most: undefined };
    if (this.take('+')) return { least: 1, most: undefined };
    if (this.take('?')) return { least: 0, most: 1 };
    const match = /^\{([0-9]+)(,([0-9]*))?\}/.exec(this.source.slice(this.at));
    if (match === null) return undefined; // a brace that counts nothing stands for itself
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === '' ? undefined : Number(match[3]);
    if (least > maxRepeats || (most ?? 0) > maxRepeats || (most !== undefined && most < least)) {
      throw this.problem(`${match[0]} must count from low to high, at most ${maxRepeats}`);
    }
    this.at += match[0].length;
    return { least, most };
  }

  private escape(flags: Flags): Node[] {
    const letter = this.next();
    switch (letter) {
      case 'A':
        return [{ kind: 'assertion', assertion: 'text-start' }];
      case 'z':
        return [{ kind: 'assertion', assertion: 'text-end' }];
      case 'b':
        return [{ kind: 'assertion', assertion: 'word-boundary' }];
      case 'B':
        return [{ kind: 'assertion', assertion: 'no-word-boundary' }];
      case 'Q': {
        const end = this.source.indexOf('\\E', this.at);
        const text = this.source.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.source.length : end + 2;
        return Array.from(text, (character) => literal(character, flags));
      }
      default: {
        const set = perlClass(letter);
        return [set === undefined ? literal(this.escapedCharacter(letter), flags) : { kind: 'set', set }];
      }
    }
  }

  private escapedCharacter(letter: string): string {
    const simple = { a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' }[letter as 'a'] as string | undefined;
    if (simple !== undefined) return simple;
    if (letter === 'x') {
      const match = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(this.source.slice(this.at));
      if (match === null) throw this.problem('\\x needs two hexadecimal digits, or some in braces');
      this.at += match[0].length;
      const code = Number.parseInt((match[1] ?? match[2]) as string, 16);
      if (code > 0x10ffff) throw this.problem('\\x{…} is above 10FFFF');
      return String.fromCodePoint(code);
    }
    if (/[0-7]/.test(letter)) {
      const digits = /^[0-7]{1,2}/.exec(this.source.slice(this.at))?.[0] ?? '';
      if (letter !== '0' && digits === '') throw this.problem(`\\${letter} would refer back to a group, which is not there`);
      this.at += digits.length;
      return String.fromCharCode(Number.parseInt(letter + digits, 8));
    }
    if (/[pPC89A-Za-z]/.test(letter)) throw this.problem(`\\${letter} is not an escape that is known here`);
    return letter;
  }

  private characterClass(flags: Flags): CharacterSet {
    const isNegated = this.take('^');
    const set = setOf(() => false);
    for (let first = true; first || this.peek() !== ']'; first = false) {
      const part = this.classPart();
      if (typeof part !== 'number') {
        for (let code = 0; code < set.length; code++) set[code] = (set[code] as number) | (part[code] as number);
        continue;
      }
      let last = part;
      if (this.peek() === '-' && this.source[this.at + 1] !== ']') {
        this.at += 1;
        const end = this.classPart();
        if (typeof end !== 'number' || end < part) throw this.problem('a range of characters must go from low to high');
        last = end;
      }
      set.fill(1, Math.min(part, set.length), Math.min(last + 1, set.length));
    }
    this.at += 1;
    const folded = flags.foldCase ? foldedCase(set) : set;
    return isNegated ? negated(folded) : folded;
  }

  /** A character, by its code, or a class within a class. */
  private classPart(): number | CharacterSet {
    const named = /^\[:(\^?)([a-z]+):\]/.exec(this.source.slice(this.at));
    if (named !== null) {
      const set = posixClass(named[2] as string);
      if (set === undefined) throw this.problem(`${named[0]} is not a class`);
      this.at += named[0].length;
      return named[1] === '^' ? negated(set) : set;
    }
    const character = this.next();
    if (character !== '\\') return character.codePointAt(0) as number;
    const letter = this.next();
    return perlClass(letter) ?? (this.escapedCharacter(letter).codePointAt(0) as number);
  }

  private peek(): string | undefined {
    return this.source[this.at];
  }

  private take(character: string): boolean {
    if (this.source[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private next(): string {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) throw this.problem('it ends too early');
    const character = String.fromCodePoint(code);
    this.at += character.length;
    return character;
  }

  private problem(message: string): RegexpSyntaxError {
    return new RegexpSyntaxError(`${message} (at character ${Math.min(this.at, this.source.length) || 1})`);
  }
}

function withFlags(flags: Flags, text: string): Flags {
  const [on = '', off = ''] = text.split('-');
  const flag = (letter: string, before: boolean): boolean => (before || on.includes(letter)) && !off.includes(letter);
  return {
    foldCase: flag('i', flags.foldCase),
    multiLine: flag('m', flags.multiLine),
    dotTakesNewline: flag('s', flags.dotTakesNewline),
    swapGreed: flag('U', flags.swapGreed),
  };
}

function literal(character: string, { foldCase }: Flags): Node {
  const code = character.codePointAt(0) as number;
  const set = setOf((other) => other === code);
  return { kind: 'set', set: foldCase ? foldedCase(set) : set };
}
