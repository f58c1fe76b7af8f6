/** A setting that can change while the Corefile that has it is in use, because it comes from files of its own. */
export class LiveSetting<T> {
  private value: T;
  private readonly followers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.value = value;
  }

  get current(): T {
    return this.value;
  }

  /** Changes it, and tells all who follow. */
  set(value: T): void {
    this.value = value;
    for (const follower of this.followers) follower(value);
  }

  /** Tells `follower` the value: at once, and again whenever it changes until disposed. */
  follow(follower: (value: T) => void): Disposable {
    this.followers.add(follower);
    follower(this.value);
    return { [Symbol.dispose]: () => void this.followers.delete(follower) };
  }
}
