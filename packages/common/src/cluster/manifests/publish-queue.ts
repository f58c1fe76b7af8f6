interface Item {
  readonly publish: () => void;
  readonly fail: (error: unknown) => void;
  outcome: 'waiting' | 'durable' | { readonly error: unknown };
}

/** Makes changes visible in the order in which they were accepted, each once what it stands on is durable. */
export class PublishQueue {
  readonly #items: Item[] = [];
  #draining = false;

  /** `durable` undefined: nothing has to be waited for. `fail` is called in the place of `publish` when the write failed. */
  push(durable: Promise<void> | undefined, publish: () => void, fail: (error: unknown) => void): void {
    const item: Item = { publish, fail, outcome: durable === undefined ? 'durable' : 'waiting' };
    this.#items.push(item);
    durable?.then(
      () => {
        item.outcome = 'durable';
        this.#drain();
      },
      (error: unknown) => {
        item.outcome = { error };
        this.#drain();
      },
    );
    if (durable === undefined) this.#drain();
  }

  #drain(): void {
    // What is published may lead to further changes; they go behind.
    if (this.#draining) return;
    this.#draining = true;
    try {
      let done = 0;
      for (let item = this.#items[0]; item !== undefined && item.outcome !== 'waiting'; item = this.#items[done]) {
        done += 1;
        if (item.outcome === 'durable') item.publish();
        else item.fail(item.outcome.error);
      }
      this.#items.splice(0, done);
    } finally {
      this.#draining = false;
    }
  }
}
