import { eventually } from '@seamark/testkit';
import { expect } from 'vitest';
import type { KvEvent, KvStore, KvWatch, RevisionEvents } from '../kv-store.ts';
import { text } from './contract-store.ts';

/** A watch that writes down what it is told. */
export interface WatchRecorder extends Disposable {
  readonly watch: KvWatch;
  readonly batches: RevisionEvents[];
  readonly progress: number[];
  /** Batches delivered when each progress came. */
  readonly batchesAtProgress: number[];
  readonly compacted: number[];
  readonly interruptions: unknown[];
  connections(): number;
  /** `put KEY=VALUE` / `delete KEY` in order of delivery. */
  lines(): string[];
  /** Resolves when a batch of at least this revision has come. */
  reached(revision: number): Promise<void>;
  abort(): void;
}

/** Starts a {@link WatchRecorder}. Its disposal ends the watch. */
export function recordWatch(store: KvStore, prefix: string, fromRevision: number): WatchRecorder {
  const controller = new AbortController();
  const batches: RevisionEvents[] = [];
  const progress: number[] = [];
  const batchesAtProgress: number[] = [];
  const compacted: number[] = [];
  const interruptions: unknown[] = [];
  let connections = 0;
  const watch = store.watch(
    { prefix, fromRevision, withPrevious: true, signal: controller.signal },
    {
      onEvents: (batch) => batches.push(batch),
      onProgress: (revision) => {
        progress.push(revision);
        batchesAtProgress.push(batches.length);
      },
      onCompacted: (revision) => compacted.push(revision),
      onInterrupted: (error) => interruptions.push(error),
      onConnected: () => (connections += 1),
    },
  );
  return {
    watch,
    batches,
    progress,
    batchesAtProgress,
    compacted,
    interruptions,
    connections: () => connections,
    lines: () => batches.flatMap((batch) => batch.events.map(eventLine)),
    reached: (revision) => eventually(() => expect(batches.at(-1)?.revision ?? 0).toBeGreaterThanOrEqual(revision), { everyMs: 5 }),
    abort: () => controller.abort(),
    [Symbol.dispose]: () => controller.abort(),
  };
}

/** `put KEY=VALUE` or `delete KEY`. */
export function eventLine(event: KvEvent): string {
  return event.type === 'put' ? `put ${event.entry.key}=${text(event.entry.value)}` : `delete ${event.key}`;
}
