import type { ServiceKey } from '../allocator/index.ts';
import type { WaitTopic } from './wait-topics.ts';

/** Who waits for what, first come first served. A Service that goes on waiting for a topic keeps its place there. */
export class WaitingList {
  readonly #topics = new Map<WaitTopic, Set<ServiceKey>>();
  readonly #services = new Map<ServiceKey, readonly WaitTopic[]>();

  /** From now on the Service waits for exactly these topics. */
  set(service: ServiceKey, topics: readonly WaitTopic[]): void {
    for (const topic of this.#services.get(service) ?? []) {
      if (topics.includes(topic)) continue;
      const waiting = this.#topics.get(topic);
      waiting?.delete(service);
      if (waiting?.size === 0) this.#topics.delete(topic);
    }
    for (const topic of topics) {
      const waiting = this.#topics.get(topic);
      if (waiting === undefined) this.#topics.set(topic, new Set([service]));
      else waiting.add(service);
    }
    if (topics.length === 0) this.#services.delete(service);
    else this.#services.set(service, topics);
  }

  /** Services that wait for a topic, in order. Live: it may change while it is gone through. */
  on(topic: WaitTopic): Iterable<ServiceKey> {
    return this.#topics.get(topic) ?? [];
  }
}
