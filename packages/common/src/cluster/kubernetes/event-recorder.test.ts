import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { SeamarkError } from '../../errors/index.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import type { ClusterEvent } from '../cluster.ts';
import { type EventRecorderOptions, type EventResult, createEventRecorder } from './event-recorder.ts';

function event(name: string, message = 'Assigned 192.0.2.1'): ClusterEvent {
  return {
    regarding: { kind: 'Service', namespace: 'web', name, apiVersion: 'v1' },
    type: 'Normal',
    reason: 'IPAllocated',
    message,
    reportingComponent: 'seamark-lb-controller',
  };
}

function recorder(options: Partial<EventRecorderOptions> = {}) {
  const clock = createSteppedClock();
  const written: string[] = [];
  const results: Partial<Record<EventResult, number>> = {};
  let failure: (() => unknown) | undefined;
  const made = createEventRecorder({
    clock,
    random: () => 0.5,
    logger: silentLogger,
    instance: 'pod-0',
    writer: {
      async create(namespace, object) {
        const error = failure?.();
        if (error !== undefined) throw error;
        written.push(`create ${namespace} ${(object['involvedObject'] as { name: string }).name} ×${String(object['count'])}`);
      },
      async patch(namespace, name, patch) {
        const error = failure?.();
        if (error !== undefined) throw error;
        written.push(`patch ${namespace} ${name.split('.')[0]} ×${String(patch['count'])}`);
      },
    },
    onResult: (result, count) => (results[result] = (results[result] ?? 0) + count),
    ...options,
  });
  return { clock, written, results, recorder: made, fail: (by: (() => unknown) | undefined) => (failure = by) };
}

describe('an event recorder', () => {
  test('counts equal events up by patch, at most once in five seconds', async () => {
    const { clock, written, recorder: events } = recorder();
    events.record(event('a'));
    await clock.advance(0);
    for (let repeat = 0; repeat < 9; repeat += 1) events.record(event('a'));
    await clock.advance(4_900);
    expect(written).toEqual(['create web a ×1']);
    await clock.advance(200);
    expect(written).toEqual(['create web a ×1', 'patch web a ×10']);
  });

  test('counts up an event that comes while its first is being written', async () => {
    const { written, recorder: events } = recorder();
    events.record(event('a'));
    events.record(event('a'));
    await events.flush();
    expect(written).toEqual(['create web a ×1', 'patch web a ×2']);
  });

  test('keeps different messages and objects apart', async () => {
    const { clock, written, recorder: events } = recorder();
    for (const one of [event('a'), event('b'), event('a', 'Released')]) events.record(one);
    await clock.advance(0);
    expect(written).toEqual(['create web a ×1', 'create web b ×1', 'create web a ×1']);
  });

  test('makes a new event when the old one has expired on the API server, or is long ago', async () => {
    const { clock, written, recorder: events, fail } = recorder({ aggregationMs: 60_000 });
    events.record(event('a'));
    await clock.advance(10_000);
    const gone = [new SeamarkError('SM_CLUSTER_NOT_FOUND', 'gone')];
    fail(() => gone.shift());
    events.record(event('a'));
    await clock.advance(0);
    expect(written).toEqual(['create web a ×1', 'create web a ×1']);
    await clock.advance(61_000);
    events.record(event('a'));
    await clock.advance(0);
    expect(written).toHaveLength(3);
    expect(written[2]).toBe('create web a ×1');
  });

  test('writes a burst at once and then at its rate', async () => {
    const { clock, written, recorder: events } = recorder({ burst: 20, writesPerSecond: 10 });
    for (let index = 0; index < 50; index += 1) events.record(event(`s${index}`));
    await clock.advance(0);
    expect(written).toHaveLength(20);
    await clock.advance(1_000);
    expect(written).toHaveLength(30);
    await clock.advance(2_000);
    expect(written).toHaveLength(50);
  });

  test('waits for an API server that is away, and drops what does not fit', async () => {
    const { clock, written, results, recorder: events, fail } = recorder({ maxQueued: 3 });
    fail(() => new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'away'));
    events.record(event('a'));
    await clock.advance(0);
    for (const name of ['b', 'c', 'd', 'e']) events.record(event(name));
    await clock.advance(100);
    expect({ written, results }).toEqual({ written: [], results: { dropped_full: 2 } });
    fail(undefined);
    await clock.advance(30_000);
    expect(written.toSorted()).toEqual(['create web a ×1', 'create web b ×1', 'create web c ×1']);
  });

  test('drops an event that is refused, and goes on', async () => {
    const { clock, written, results, recorder: events, fail } = recorder();
    const refusals = [new SeamarkError('SM_CLUSTER_FORBIDDEN', 'no')];
    fail(() => refusals.shift());
    events.record(event('a'));
    events.record(event('b'));
    await clock.advance(0);
    expect({ written, results }).toEqual({ written: ['create web b ×1'], results: { dropped_refused: 1, written: 1 } });
  });

  test('drops what is queued when it closes, and whatever comes later, so that nobody waits for it', async () => {
    const { clock, written, results, recorder: events } = recorder({ burst: 2 });
    for (const name of ['a', 'b', 'c', 'd']) events.record(event(name));
    await clock.advance(0);
    events.close();
    events.record(event('e'));
    await clock.advance(60_000);
    expect(written).toEqual(['create web a ×1', 'create web b ×1']);
    expect(results).toEqual({ written: 2, dropped_unavailable: 3 });
    await events.flush();
  });

  test('flushes without waiting for its turn, and gives up at once when the API server is away', async () => {
    const { clock, written, results, recorder: events, fail } = recorder({ burst: 1, writesPerSecond: 1 });
    for (let index = 0; index < 10; index += 1) events.record(event(`s${index}`));
    await events.flush();
    expect(written).toHaveLength(10);
    fail(() => new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'away'));
    for (let index = 0; index < 10; index += 1) events.record(event(`t${index}`));
    await events.flush();
    expect(results).toEqual({ written: 10, dropped_unavailable: 10 });
    await clock.advance(60_000);
    expect(written).toHaveLength(10);
  });
});
