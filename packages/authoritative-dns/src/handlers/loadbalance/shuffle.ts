/** A number from 0 up to, not including, 1; Math.random outside of tests. */
export type Random = () => number;

/** The same items in an order of which each is as likely as any other (Fisher and Yates); the given array is left alone. */
export function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  if (items.length < 2) return items;
  const result = [...items];
  for (let left = result.length; left > 1; left--) swap(result, left - 1, Math.floor(random() * left));
  return result;
}

/** Exchanges two items in place. */
export function swap(items: unknown[], a: number, b: number): void {
  const kept = items[a];
  items[a] = items[b];
  items[b] = kept;
}
