/** Where a name in wire form begins without its first labels; -1 when it has fewer. */
export function skipLabels(name: Uint8Array, count: number): number {
  let at = 0;
  for (let label = 0; label < count; label++) {
    if (name[at] === 0) return -1;
    at += (name[at] as number) + 1;
  }
  return at;
}

/** How many labels a name in wire form has, the root not counted. */
export function labelsOf(name: Uint8Array): number {
  let labels = 0;
  for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) labels++;
  return labels;
}
