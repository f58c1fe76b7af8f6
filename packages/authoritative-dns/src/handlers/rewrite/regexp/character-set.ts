import { alphabet, type CharacterSet } from './syntax.ts';

/** The characters for which `takes` is true. */
export function setOf(takes: (code: number) => boolean): CharacterSet {
  return Uint8Array.from({ length: alphabet }, (_, code) => Number(takes(code)));
}

/** All that a set does not have. */
export function negated(set: CharacterSet): CharacterSet {
  return set.map((has) => 1 - has);
}

/** With each letter in both cases. */
export function foldedCase(set: CharacterSet): CharacterSet {
  return setOf((code) => set[code] === 1 || (isLetter(code) && set[code ^ 0x20] === 1));
}

const between = (code: number, first: string, last: string): boolean => code >= first.charCodeAt(0) && code <= last.charCodeAt(0);
const isLower = (code: number): boolean => between(code, 'a', 'z');
const isUpper = (code: number): boolean => between(code, 'A', 'Z');
const isLetter = (code: number): boolean => isLower(code) || isUpper(code);
const isDigit = (code: number): boolean => between(code, '0', '9');
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b);

/** True for letters, digits and the underscore. */
export function isWordCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x5f;
}

/** `\d`, `\s`, `\w` by their letter; the upper-case ones are their opposites. */
export function perlClass(letter: string): CharacterSet | undefined {
  const takes = { d: isDigit, s: isSpace, w: isWordCharacter }[letter.toLowerCase() as 'd' | 's' | 'w'] as
    | ((code: number) => boolean)
    | undefined;
  if (takes === undefined || !/[dswDSW]/.test(letter)) return undefined;
  return letter === letter.toLowerCase() ? setOf(takes) : negated(setOf(takes));
}

const posixClasses: Readonly<Record<string, (code: number) => boolean>> = {
  alnum: (code) => isLetter(code) || isDigit(code),
  alpha: isLetter,
  ascii: () => true,
  blank: (code) => code === 0x20 || code === 0x09,
  cntrl: (code) => code < 0x20 || code === 0x7f,
  digit: isDigit,
  graph: (code) => code > 0x20 && code < 0x7f,
  lower: isLower,
  print: (code) => code >= 0x20 && code < 0x7f,
  punct: (code) => code > 0x20 && code < 0x7f && !isLetter(code) && !isDigit(code),
  space: (code) => isSpace(code) || code === 0x0b,
  upper: isUpper,
  word: isWordCharacter,
  xdigit: (code) => isDigit(code) || between(code, 'a', 'f') || between(code, 'A', 'F'),
};

/** `[[:alpha:]]` and its like by name. */
export function posixClass(name: string): CharacterSet | undefined {
  return Object.hasOwn(posixClasses, name) ? setOf(posixClasses[name] as (code: number) => boolean) : undefined;
}
