import { randomBytes } from 'node:crypto';
import type { Clock } from '../../controller/clock.ts';
import { isSeamarkError, messageOf } from '../../errors/index.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ClusterEvent } from '../cluster.ts';
import { backoffMs } from './backoff.ts';

/** What became of an Event; the label of seamark_cluster_events_total. */
export type EventResult = 'written' | 'counted_up' | 'merged' | 'dropped_full' | 'dropped_refused' | 'dropped_unavailable';

/** The two writes of an {@link EventRecorder}; core/v1 Events, because `kubectl describe` counts those. */
export interface EventWriter {
  create(namespace: string, event: Readonly<Record<string, unknown>>): Promise<void>;
  /** Throws SM_CLUSTER_NOT_FOUND when the Event has expired. */
  patch(namespace: string, name: string, patch: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Options of {@link createEventRecorder}. */
export interface EventRecorderOptions {
  readonly writer: EventWriter;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** `reportingInstance` of the Events: the pod's name. */
  readonly instance: string;
  readonly onResult?: (result: EventResult, count: number) => void;
  /** Different Events that may wait. Default 4,096: more are dropped. */
  readonly maxQueued?: number;
  /** Writes a second in the long run, and at once. Default 100 and 200: an API server takes thousands, and status writes come first. */
  readonly writesPerSecond?: number;
  readonly burst?: number;
  /** An equal Event within this time of the last one is counted up. Default 600,000 ms. */
  readonly aggregationMs?: number;
  /** Repetitions are written at most so often. Default 5,000 ms. */
  readonly repeatMs?: number;
}

/** Records Events without ever holding up its caller. */
export interface EventRecorder {
  record(event: ClusterEvent): void;
  /** Writes what is queued now, without waiting for its turn, or drops it; resolves when that is done. */
  flush(): Promise<void>;
  /** Drops what is queued and whatever comes from now on; writes under way end by themselves. */
  close(): void;
}

/** One Event as the API server has it, or will have. */
interface Series {
  readonly event: ClusterEvent;
  readonly namespace: string;
  name: string | undefined; // once written
  count: number; // as written
  pending: number; // occurrences not written yet
  firstMs: number;
  lastMs: number;
  writtenAtMs: number;
  writing: boolean;
}

const writers = 2;
/** Series that are remembered for counting up; the least recent are forgotten. */
const maxRemembered = 4_096;

/** Creates an {@link EventRecorder}. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, writer, logger } = options;
  const maxQueued = options.maxQueued ?? 4_096;
  const perSecond = options.writesPerSecond ?? 100;
  const burst = options.burst ?? 200;
  const aggregationMs = options.aggregationMs ?? 600_000;
  const repeatMs = options.repeatMs ?? 5_000;
  const remembered = new Map<string, Series>(); // by recency
  const queue = new Set<Series>();
  let running = 0;
  let timer: Disposable | undefined;
  let tokens = burst;
  let refilledAtMs = clock.monotonicMs();
  let failures = 0;
  let blockedUntilMs = 0;
  let flushing = 0;
  let settled: (() => void)[] = [];
  let closed = false;
  const toldRefusals = new Set<'create' | 'patch'>();

  const result = (what: EventResult, count = 1): void => options.onResult?.(what, count);

  const record = (event: ClusterEvent): void => {
    if (closed) {
      result('dropped_unavailable');
      return;
    }
    const now = clock.wallMs();
    const key = [
      event.regarding.kind,
      event.regarding.namespace,
      event.regarding.name,
      event.regarding.uid,
      event.type,
      event.reason,
      event.message,
      event.reportingComponent,
    ].join('\0');
    let series = remembered.get(key);
    if (series !== undefined && now - series.lastMs > aggregationMs && !queue.has(series)) series = undefined;
    if (series === undefined) {
      if (queue.size >= maxQueued) {
        result('dropped_full');
        return;
      }
      // Events of cluster-scoped objects live in `default`.
      series = {
        event,
        namespace: event.regarding.namespace ?? 'default',
        name: undefined,
        count: 0,
        pending: 0,
        firstMs: now,
        lastMs: now,
        writtenAtMs: Number.NEGATIVE_INFINITY,
        writing: false,
      };
    } else if (queue.has(series)) result('merged');
    remembered.delete(key);
    remembered.set(key, series);
    if (remembered.size > maxRemembered) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    series.pending += 1;
    series.lastMs = now;
    queue.add(series);
    pump();
  };

  /** When the next of the queue may be written: now (0), or in so many milliseconds. */
  const delayOf = (series: Series): number => {
    const now = clock.monotonicMs();
    if (flushing > 0) return 0;
    const repeat = series.writtenAtMs + repeatMs - now;
    return Math.max(0, blockedUntilMs - now, repeat);
  };

  const takeToken = (): boolean => {
    const now = clock.monotonicMs();
    tokens = Math.min(burst, tokens + ((now - refilledAtMs) / 1000) * perSecond);
    refilledAtMs = now;
    if (flushing === 0 && tokens < 1) return false;
    tokens = Math.max(0, tokens - 1);
    return true;
  };

  const pump = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const series of queue) {
      if (running >= writers) break;
      // Its repetition has come while the first is under way: that one's end pumps again.
      if (series.writing) continue;
      const delayMs = delayOf(series);
      if (delayMs > 0) {
        soonestMs = Math.min(soonestMs, delayMs);
        continue;
      }
      if (!takeToken()) {
        soonestMs = Math.min(soonestMs, 1000 / perSecond);
        break;
      }
      queue.delete(series);
      running += 1;
      series.writing = true;
      void write(series).finally(() => {
        running -= 1;
        series.writing = false;
        pump();
      });
    }
    if (running < writers && soonestMs !== Number.POSITIVE_INFINITY) timer = clock.schedule(Math.ceil(soonestMs), pump);
    if (queue.size === 0 && running === 0) {
      const waiting = settled;
      settled = [];
      for (const resolve of waiting) resolve();
    }
  };

  const dropQueue = (): void => {
    for (const series of queue) {
      result('dropped_unavailable', series.pending);
      series.pending = 0;
    }
    queue.clear();
  };

  const write = async (series: Series): Promise<void> => {
    const added = series.pending;
    series.pending = 0;
    series.writtenAtMs = clock.monotonicMs();
    try {
      if (series.name !== undefined) {
        try {
          await writer.patch(series.namespace, series.name, { count: series.count + added, lastTimestamp: rfc3339(series.lastMs) });
          series.count += added;
          result('counted_up', added);
          failures = 0;
          return;
        } catch (error) {
          if (!isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) throw error;
          series.count = 0;
          series.firstMs = series.lastMs;
        }
      }
      const name = `${series.event.regarding.name.slice(0, 200)}.${randomBytes(8).toString('hex')}`;
      await writer.create(series.namespace, eventObject(series, name, added, options.instance));
      series.name = name;
      series.count = added;
      result('written');
      failures = 0;
    } catch (error) {
      if (isSeamarkError(error, 'SM_CLUSTER_UNAVAILABLE') && flushing === 0 && !closed) {
        series.pending += added;
        series.writtenAtMs = Number.NEGATIVE_INFINITY;
        queue.add(series);
        failures += 1;
        blockedUntilMs = clock.monotonicMs() + backoffMs(failures, { baseMs: 1_000, maxMs: 30_000, random: options.random });
        return;
      }
      const unavailable = isSeamarkError(error, 'SM_CLUSTER_UNAVAILABLE');
      result(unavailable ? 'dropped_unavailable' : 'dropped_refused', added);
      const verb = series.name === undefined ? 'create' : 'patch';
      if (isSeamarkError(error, 'SM_CLUSTER_FORBIDDEN') && !toldRefusals.has(verb)) {
        // Once: without the permission every Event fails alike, and nothing else depends on them.
        toldRefusals.add(verb);
        logger.warn(`Events are not recorded: ${messageOf(error)}`, { err: error });
      }
      // Somebody waits for the end: the others would fail one after the other.
      if (unavailable) dropQueue();
      logger.debug(
        `event ${series.event.reason} of ${series.event.regarding.kind} ${series.event.regarding.name} is dropped: ${messageOf(error)}`,
      );
    }
  };

  return {
    record,
    async flush() {
      flushing += 1;
      try {
        await new Promise<void>((resolve) => {
          settled.push(resolve);
          pump();
        });
      } finally {
        flushing -= 1;
      }
    },
    close() {
      closed = true;
      dropQueue();
      pump();
    },
  };
}

function eventObject(series: Series, name: string, count: number, instance: string): Readonly<Record<string, unknown>> {
  const { event } = series;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: series.namespace },
    involvedObject: involved(event.regarding),
    type: event.type,
    reason: event.reason.slice(0, 128),
    // The API server refuses longer notes than 1 KiB.
    message: event.message.length > 1_024 ? `${event.message.slice(0, 1_021)}...` : event.message,
    count,
    firstTimestamp: rfc3339(series.firstMs),
    lastTimestamp: rfc3339(series.lastMs),
    source: { component: event.reportingComponent },
    reportingComponent: event.reportingComponent,
    reportingInstance: instance,
  };
}

function involved(ref: ObjectRef): Readonly<Record<string, string>> {
  const kept = Object.entries({ kind: ref.kind, namespace: ref.namespace, name: ref.name, apiVersion: ref.apiVersion, uid: ref.uid });
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Seconds resolution, as metav1.Time has it. */
function rfc3339(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
