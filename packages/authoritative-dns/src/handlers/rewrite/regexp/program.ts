import { type Assertion, type CharacterSet, type Node, RegexpSyntaxError } from './syntax.ts';

/** Steps of a program at most; the time that a match takes is at most their number times that of the characters. */
const maxSteps = 5000;

/** A step of the machine that matches; `next` and the like are places in the program. */
export type Step =
  | { readonly op: 'take'; readonly set: CharacterSet; next: number }
  | { readonly op: 'assert'; readonly assertion: Assertion; next: number }
  /** Remembers the place in the text. */
  | { readonly op: 'save'; readonly slot: number; next: number }
  /** Goes on at both; what the first leads to is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'match' };

/** A program whose start is its first step. */
export type Program = readonly Step[];

/** Compiles a tree. Throws {@link RegexpSyntaxError} when the program gets too large. */
export function compileRegexp(node: Node): Program {
  const steps: Step[] = [];
  const add = <S extends Step>(step: S): S => {
    if (steps.length >= maxSteps) throw new RegexpSyntaxError(`it is too large: it stands for more than ${maxSteps} steps`);
    steps.push(step);
    return step;
  };
  const emit = (part: Node): void => {
    switch (part.kind) {
      case 'set':
        add({ op: 'take', set: part.set, next: steps.length + 1 });
        return;
      case 'assertion':
        add({ op: 'assert', assertion: part.assertion, next: steps.length + 1 });
        return;
      case 'sequence':
        for (const inner of part.parts) emit(inner);
        return;
      case 'group':
        if (part.index !== undefined) add({ op: 'save', slot: 2 * part.index, next: steps.length + 1 });
        emit(part.part);
        if (part.index !== undefined) add({ op: 'save', slot: 2 * part.index + 1, next: steps.length + 1 });
        return;
      case 'choice':
        emitChoice(part.options);
        return;
      case 'repeat':
        for (let count = 0; count < part.least; count++) emit(part.part);
        if (part.most === undefined) emitLoop(part.part, part.lazy);
        else for (let count = part.least; count < part.most; count++) emitOptional(part.part, part.lazy);
    }
  };
  const emitChoice = (options: readonly Node[]): void => {
    const ends: { next: number }[] = [];
    for (const [index, option] of options.entries()) {
      if (index === options.length - 1) {
        emit(option);
        break;
      }
      const split = add({ op: 'split', first: steps.length + 1, second: 0 });
      emit(option);
      ends.push(add({ op: 'save', slot: -1, next: 0 })); // a jump
      split.second = steps.length;
    }
    for (const end of ends) end.next = steps.length;
  };
  const emitLoop = (part: Node, lazy: boolean): void => {
    const start = steps.length;
    const split = add({ op: 'split', first: 0, second: 0 });
    emit(part);
    if (matchesNothing(part)) {
      // Go's choice: once inside, such a part may end without taking anything, before it takes more.
      const again = add({ op: 'split', first: 0, second: 0 });
      setBranches(again, start + 1, steps.length, lazy);
    } else {
      add({ op: 'save', slot: -1, next: start });
    }
    setBranches(split, start + 1, steps.length, lazy);
  };
  const emitOptional = (part: Node, lazy: boolean): void => {
    const start = steps.length;
    const split = add({ op: 'split', first: 0, second: 0 });
    emit(part);
    setBranches(split, start + 1, steps.length, lazy);
  };
  emit(node);
  add({ op: 'match' });
  return steps;
}

function setBranches(split: { first: number; second: number }, inside: number, behind: number, lazy: boolean): void {
  split.first = lazy ? behind : inside;
  split.second = lazy ? inside : behind;
}

/** True when a part can match without taking a character. */
function matchesNothing(node: Node): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'assertion':
      return true;
    case 'sequence':
      return node.parts.every((part) => matchesNothing(part));
    case 'choice':
      return node.options.some((option) => matchesNothing(option));
    case 'repeat':
      return node.least === 0 || matchesNothing(node.part);
    case 'group':
      break;
  }
  return matchesNothing(node.part);
}
