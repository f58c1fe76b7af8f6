/** One named index of a view: which objects are filed under a value. */
export class ObjectIndex<T> {
  readonly #valuesOf: (object: T) => Iterable<string>;
  readonly #onError: (error: unknown) => void;
  readonly #filed = new Map<string, Map<string, T>>(); // value → object key → object

  /** `onError` is told when `valuesOf` throws; the object is then filed under nothing. */
  constructor(valuesOf: (object: T) => Iterable<string>, onError: (error: unknown) => void) {
    this.#valuesOf = valuesOf;
    this.#onError = onError;
  }

  /** The function that it was made from; two declarations of the same function share an index. */
  get valuesOf(): (object: T) => Iterable<string> {
    return this.#valuesOf;
  }

  /** Files `object` in the place of `previous`; either may be absent. */
  file(key: string, previous: T | undefined, object: T | undefined): void {
    if (previous !== undefined) {
      for (const value of this.#values(previous)) {
        const under = this.#filed.get(value);
        under?.delete(key);
        if (under?.size === 0) this.#filed.delete(value);
      }
    }
    if (object !== undefined) {
      for (const value of this.#values(object)) {
        let under = this.#filed.get(value);
        if (under === undefined) this.#filed.set(value, (under = new Map()));
        under.set(key, object);
      }
    }
  }

  /** Objects under a value, in the order in which they were filed. */
  under(value: string): Iterable<T> {
    return { [Symbol.iterator]: () => this.#filed.get(value)?.values() ?? Iterator.from<T>([]) };
  }

  #values(object: T): Iterable<string> {
    try {
      return new Set(this.#valuesOf(object));
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }
}
