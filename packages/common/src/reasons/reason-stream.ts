import { messageOf } from '../errors/index.ts';
import { type ObjectRef, objectRefKey } from '../model/object-ref.ts';
import type { ReasonCode } from './catalogue.ts';
import { type Decision, type DecisionInput, decide } from './decision.ts';

/** A change of the stream: a decision made or replaced, or one that no longer holds. */
export type DecisionChange =
  | { readonly type: 'made'; readonly decision: Decision; readonly previous: Decision | undefined }
  | { readonly type: 'ended'; readonly decision: Decision };

/**
 * The one stream of decisions in a process. Components report; logs, Events, metrics, the live table and `plan` subscribe or read.
 * Reporting the same code and message again changes nothing (and keeps `sinceMs`), so a reconciler may report on each run.
 */
export interface ReasonStream {
  report<C extends ReasonCode>(input: DecisionInput<C>): void;
  /** The decision on this topic no longer holds; nothing happens when there was none. */
  end(object: ObjectRef, topic: string): void;
  /** Ends all decisions on an object whose topic starts with `topicPrefix` (default: every topic) and is not in `except`. */
  endAll(object: ObjectRef, topicPrefix?: string, except?: ReadonlySet<string>): void;
  /** What holds now about one object. */
  of(object: ObjectRef): readonly Decision[];
  /** What holds now about anything. */
  list(): Iterable<Decision>;
  subscribe(listener: (change: DecisionChange) => void): Disposable;
}

/** Options of {@link createReasonStream}. */
export interface ReasonStreamOptions {
  /** Unix milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** Told when a subscriber throws; the stream and the other subscribers go on. */
  readonly onListenerError?: (message: string) => void;
}

/** Creates an empty stream. */
export function createReasonStream(options: ReasonStreamOptions = {}): ReasonStream {
  const now = options.now ?? Date.now;
  const decisions = new Map<string, Map<string, Decision>>(); // object key → topic → decision
  const listeners = new Set<(change: DecisionChange) => void>();

  const emit = (change: DecisionChange): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        options.onListenerError?.(messageOf(error));
      }
    }
  };

  return {
    report(input) {
      const key = objectRefKey(input.object);
      let topics = decisions.get(key);
      if (topics === undefined) decisions.set(key, (topics = new Map()));
      const previous = topics.get(input.topic);
      const decision = decide(input, now()) as unknown as Decision;
      if (previous !== undefined && previous.code === decision.code && previous.message === decision.message) return;
      topics.set(input.topic, decision);
      emit({ type: 'made', decision, previous });
    },
    end(object, topic) {
      const key = objectRefKey(object);
      const topics = decisions.get(key);
      const decision = topics?.get(topic);
      if (topics === undefined || decision === undefined) return;
      topics.delete(topic);
      if (topics.size === 0) decisions.delete(key);
      emit({ type: 'ended', decision });
    },
    endAll(object, topicPrefix = '', except) {
      const topics = decisions.get(objectRefKey(object));
      if (topics === undefined) return;
      for (const topic of topics.keys()) {
        if (topic.startsWith(topicPrefix) && except?.has(topic) !== true) this.end(object, topic);
      }
    },
    of: (object) => [...(decisions.get(objectRefKey(object))?.values() ?? [])],
    *list() {
      for (const topics of decisions.values()) yield* topics.values();
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
