import type { Clock } from '../../controller/clock.ts';
import { objectRefKey } from '../../model/object-ref.ts';
import type { ClusterEvent } from '../cluster.ts';

/** A Kubernetes Event as the manifests driver keeps it: equal ones are one, with a count. */
export interface RecordedEvent extends ClusterEvent {
  readonly count: number;
  /** Unix milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Events beyond this push out the one that has not happened for the longest time. */
const maxEvents = 1_000;

/** The Events recorded in this process, oldest last occurrence first. */
export class RecordedEvents {
  readonly #clock: Clock;
  readonly #events = new Map<string, RecordedEvent>();
  readonly #listeners = new Set<(event: RecordedEvent) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(event: ClusterEvent): void {
    const nowMs = this.#clock.wallMs();
    const key = [objectRefKey(event.regarding), event.type, event.reason, event.reportingComponent, event.message].join('\0');
    const before = this.#events.get(key);
    const recorded: RecordedEvent = { ...event, count: (before?.count ?? 0) + 1, firstMs: before?.firstMs ?? nowMs, lastMs: nowMs };
    this.#events.delete(key);
    this.#events.set(key, recorded);
    if (this.#events.size > maxEvents) {
      for (const oldest of this.#events.keys()) {
        this.#events.delete(oldest);
        break;
      }
    }
    for (const listener of this.#listeners) {
      try {
        listener(recorded);
      } catch {
        // recordEvent never throws; what a display makes of an event is its own matter.
      }
    }
  }

  list(): readonly RecordedEvent[] {
    return [...this.#events.values()];
  }

  subscribe(listener: (event: RecordedEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
