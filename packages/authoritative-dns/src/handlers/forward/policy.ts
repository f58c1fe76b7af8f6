import type { RandomBelow } from './exchange.ts';

/** Orders in which upstreams are tried. */
export const policies = ['random', 'round_robin', 'sequential'] as const;

/** One of {@link policies}. */
export type Policy = (typeof policies)[number];

/** Gives, for one question after the other, all upstreams in the order in which that question tries them. */
export function createSelection<Upstream>(policy: Policy, upstreams: readonly Upstream[], random: RandomBelow): () => readonly Upstream[] {
  if (upstreams.length === 1) return () => upstreams;
  if (policy === 'sequential') return () => upstreams;
  if (policy === 'random') return () => shuffled(upstreams, random);
  let next = -1;
  return () => {
    next = (next + 1) % upstreams.length;
    return [...upstreams.slice(next), ...upstreams.slice(0, next)];
  };
}

function shuffled<Item>(items: readonly Item[], random: RandomBelow): Item[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at--) {
    const other = random(at + 1);
    [result[at], result[other]] = [result[other] as Item, result[at] as Item];
  }
  return result;
}
