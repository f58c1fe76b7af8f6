import { isWordCharacter } from './character-set.ts';
import { parseRegexp } from './parse.ts';
import { compileRegexp, type Program, type Step } from './program.ts';
import { alphabet, type Assertion } from './syntax.ts';

/** Characters of a pattern at most; CoreDNS has the same limit. */
const maxPatternLength = 10_000;

/** Where groups begin and end; -1 for those that took no part. Entries 2n and 2n+1 are those of group n, 0 the whole. */
type Slots = readonly number[];

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

/**
 * A regular expression with the syntax and the choice of match of Go's regexp: the leftmost match and, of those, the one that trying
 * the alternatives in order finds first. All alternatives are followed at the same time (Thompson's construction), so that the time is
 * at most steps times characters: no pattern and no name can make it explode, as both can with JavaScript's own RegExp.
 */
export class LinearRegexp {
  /** Groups that it remembers. */
  readonly groups: number;
  /** The pattern as written. */
  readonly source: string;
  private readonly program: Program;

  /** Throws RegexpSyntaxError. */
  constructor(source: string) {
    if (source.length > maxPatternLength) throw new RangeError(`the pattern is longer than ${maxPatternLength} characters`);
    this.source = source;
    const { node, groups } = parseRegexp(source);
    this.groups = groups;
    this.program = compileRegexp(node);
  }

  /** The whole match and its groups, '' for those that took no part; `undefined` without a match. */
  exec(text: string): readonly string[] | undefined {
    const slots = this.run(text);
    if (slots === undefined) return undefined;
    return Array.from({ length: this.groups + 1 }, (_, group) => {
      const [start = -1, end = -1] = slots.slice(2 * group, 2 * group + 2);
      return start < 0 || end < 0 ? '' : text.slice(start, end);
    });
  }

  /** True when there is a match. */
  test(text: string): boolean {
    return this.run(text) !== undefined;
  }

  private run(text: string): Slots | undefined {
    const none: Slots = Array.from<number>({ length: 2 * (this.groups + 1) }).fill(-1);
    const seen = new Int32Array(this.program.length).fill(-1);
    let found: Slots | undefined;
    let threads: Thread[] = [];
    for (let at = 0; at <= text.length; at++) {
      const reached: Thread[] = [];
      const follow = (step: number, slots: Slots): void => this.follow(step, slots, text, at, seen, reached);
      const code = at === 0 ? -1 : text.charCodeAt(at - 1);
      for (const { at: step, slots } of threads) {
        const instruction = this.program[step];
        if (instruction?.op === 'match') {
          found = slots.with(1, at - 1);
          break; // threads behind it are less preferred
        }
        if (instruction?.op === 'take' && code < alphabet && instruction.set[code] === 1) follow(instruction.next, slots);
      }
      if (found === undefined) follow(0, none.with(0, at));
      threads = reached;
      if (threads.length === 0 && found !== undefined) break;
    }
    const last = threads.find(({ at }) => this.program[at]?.op === 'match');
    return last === undefined ? found : last.slots.with(1, text.length);
  }

  /** Adds the steps that take a character, or match, and that are reached from `start` without taking one; the preferred first. */
  private follow(start: number, slots: Slots, text: string, at: number, seen: Int32Array, reached: Thread[]): void {
    const waiting: Thread[] = [{ at: start, slots }];
    for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
      if (seen[thread.at] === at) continue;
      seen[thread.at] = at;
      const step = this.program[thread.at] as Step;
      switch (step.op) {
        case 'split':
          waiting.push({ at: step.second, slots: thread.slots }, { at: step.first, slots: thread.slots });
          break;
        case 'save':
          waiting.push({ at: step.next, slots: step.slot < 0 ? thread.slots : thread.slots.with(step.slot, at) });
          break;
        case 'assert':
          if (holds(step.assertion, text, at)) waiting.push({ at: step.next, slots: thread.slots });
          break;
        case 'take':
        case 'match':
          reached.push(thread);
      }
    }
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  const before = at === 0 ? -1 : text.charCodeAt(at - 1);
  const behind = at === text.length ? -1 : text.charCodeAt(at);
  switch (assertion) {
    case 'text-start':
      return before < 0;
    case 'text-end':
      return behind < 0;
    case 'line-start':
      return before < 0 || before === 0x0a;
    case 'line-end':
      return behind < 0 || behind === 0x0a;
    case 'word-boundary':
      return isWordCharacter(before) !== isWordCharacter(behind);
    case 'no-word-boundary':
      break;
  }
  return isWordCharacter(before) === isWordCharacter(behind);
}
