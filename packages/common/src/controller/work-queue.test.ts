import fc from 'fast-check';
import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work queue', () => {
  it('runs a key once for many additions before it starts', async () => {
    const runs: string[] = [];
    const queue = createWorkQueue<string>({ process: async (key) => void runs.push(key) });
    for (let i = 0; i < 5; i++) queue.add('a');
    queue.add('b');
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    await queue.idle();
    expect(runs).toEqual(['a', 'b']);
    stop.abort();
    await ended;
  });

  it('runs a key once more when it is added while being worked on, and never twice at once', async () => {
    let active = 0;
    let runs = 0;
    let release: () => void = () => undefined;
    const queue = createWorkQueue<string>({
      concurrency: 4,
      process: async () => {
        expect(++active).toBe(1);
        runs++;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        active--;
      },
    });
    const stop = new AbortController();
    void queue.run(stop.signal);
    queue.add('a');
    await turn();
    queue.add('a');
    queue.add('a');
    release();
    await turn();
    release();
    await queue.idle();
    expect(runs).toBe(2);
    stop.abort();
  });

  it('puts a failed key back with a doubling, jittered delay, also when a change arrived meanwhile', async () => {
    const clock = createSteppedClock();
    const delays: number[] = [];
    let failures = 3;
    const queue = createWorkQueue<string>({
      clock,
      random: () => 1,
      baseDelayMs: 100,
      maxDelayMs: 250,
      process: async () => {
        if (failures-- <= 0) return;
        queue.add('a');
        throw new Error('not yet');
      },
      onError: (_key, _error, _attempt, retryInMs) => void delays.push(retryInMs),
    });
    const stop = new AbortController();
    void queue.run(stop.signal);
    queue.add('a');
    for (let i = 0; i < 6; i++) {
      await turn();
      await clock.advance(250);
    }
    expect(delays).toEqual([100, 200, 250]);
    stop.abort();
  });

  it('an addition ends the delay of a key', async () => {
    const clock = createSteppedClock();
    let runs = 0;
    const queue = createWorkQueue<string>({ clock, process: async () => void runs++ });
    const stop = new AbortController();
    void queue.run(stop.signal);
    queue.addAfter('a', 10_000);
    queue.add('a');
    await queue.idle();
    await clock.advance(20_000);
    await queue.idle();
    expect(runs).toBe(1);
    stop.abort();
  });

  it('after abort it waits for the running work and starts nothing more', async () => {
    let finish: () => void = () => undefined;
    const started: string[] = [];
    const queue = createWorkQueue<string>({
      process: async (key) => {
        started.push(key);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    queue.add('a');
    queue.add('b');
    stop.abort();
    let over = false;
    void ended.then(() => {
      over = true;
    });
    await turn();
    expect(over).toBe(false);
    finish();
    await ended;
    expect(started).toEqual(['a']);
  });

  it('handles the last state of every key, whatever the order of additions and failures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, concurrency) => {
          const state = new Map<string, number>();
          const seen = new Map<string, number>();
          const busy = new Set<string>();
          const flaky = new Set<string>();
          const queue = createWorkQueue<string>({
            concurrency,
            baseDelayMs: 1,
            process: async (key) => {
              expect(busy.has(key)).toBe(false);
              busy.add(key);
              const value = state.get(key) ?? 0;
              await turn();
              busy.delete(key);
              if (flaky.delete(key)) throw new Error('once');
              seen.set(key, value);
            },
          });
          const stop = new AbortController();
          const ended = queue.run(stop.signal);
          for (const [key, fails] of steps) {
            state.set(key, (state.get(key) ?? 0) + 1);
            if (fails) flaky.add(key);
            queue.add(key);
            if (fails) await turn();
          }
          await queue.idle();
          expect(seen).toEqual(state);
          stop.abort();
          await ended;
        },
      ),
      { numRuns: 60 },
    );
  });
});
