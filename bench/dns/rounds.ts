import type { MeasuredServer } from './measured-server.ts';

/** How long and how often is measured. */
export interface Effort {
  readonly seconds: number;
  readonly rounds: number;
}

/** Enough for numbers that can be believed on a quiet machine; with `quick` just enough to see that everything works. */
export function effort(quick: boolean): Effort {
  return quick ? { seconds: 1, rounds: 1 } : { seconds: 3, rounds: 3 };
}

/**
 * Measures each side once per round, in turns, so that a busy neighbour meets them all; gives the median of each by `key`, under the
 * sides' names.
 */
export async function inTurns<Side extends Pick<MeasuredServer, 'name'>, Result>(
  sides: readonly Side[],
  rounds: number,
  measure: (side: Side, round: number) => Promise<Result>,
  key: (result: Result) => number,
): Promise<Record<string, Result>> {
  const results = new Map(sides.map((side) => [side, [] as Result[]]));
  for (let round = 1; round <= rounds; round++) for (const side of sides) results.get(side)?.push(await measure(side, round));
  return Object.fromEntries(
    [...results].map(([{ name }, of]) => [name, of.toSorted((a, b) => key(a) - key(b))[Math.floor((of.length - 1) / 2)] as Result]),
  );
}
