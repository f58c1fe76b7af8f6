/**
 * Records that an object asks for in a way that cannot be published: a bad target, more than the store can hold. What stands under such a
 * name and type stays as it is until the object is mended or gone: a typo must not take a name away.
 */
export class RefusedRecords {
  readonly #byObject = new Map<string, ReadonlySet<string>>();
  readonly #counts = new Map<string, number>();

  /** Replaces what is refused of an object; each entry is `name/type`. Returns the names for which that makes a difference. */
  replace(objectKey: string, refused: ReadonlySet<string>): ReadonlySet<string> {
    const before = this.#byObject.get(objectKey) ?? new Set<string>();
    const touched = new Set<string>();
    for (const entry of before) {
      if (refused.has(entry)) continue;
      touched.add(nameOf(entry));
      const left = (this.#counts.get(entry) ?? 1) - 1;
      if (left === 0) this.#counts.delete(entry);
      else this.#counts.set(entry, left);
    }
    for (const entry of refused) {
      if (before.has(entry)) continue;
      touched.add(nameOf(entry));
      this.#counts.set(entry, (this.#counts.get(entry) ?? 0) + 1);
    }
    if (refused.size === 0) this.#byObject.delete(objectKey);
    else this.#byObject.set(objectKey, refused);
    return touched;
  }

  has(name: string, type: string): boolean {
    return this.#counts.size > 0 && this.#counts.has(`${name}/${type}`);
  }
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.lastIndexOf('/'));
}
