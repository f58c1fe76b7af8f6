import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { yieldCollectors } from './yield-collectors.ts';

/** Name and nice value of each thread of this process. */
function threads(): readonly { readonly name: string; readonly nice: number }[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    // Fields behind the name begin with the third; nice is the nineteenth (proc_pid_stat(5)).
    return { name, nice: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19 - 3]) };
  });
}

test("V8's own threads leave the processor to all others", () => {
  const before = threads();
  expect(yieldCollectors()).toBeGreaterThan(0);
  const after = threads();
  expect(new Set(after.filter(({ name }) => name === 'V8Worker').map(({ nice }) => nice))).toEqual(new Set([19]));
  const others = (all: typeof before): readonly number[] => all.filter(({ name }) => name !== 'V8Worker').map(({ nice }) => nice);
  expect(Math.max(...others(after))).toBe(Math.max(...others(before)));
});
