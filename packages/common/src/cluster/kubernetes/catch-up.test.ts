import { createSteppedClock } from '@seamark/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeamarkError } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import { serviceKind } from '../kind.ts';
import type { ViewState } from '../object-view.ts';
import { ViewStore } from '../view-store.ts';
import type { ApiRequest } from './api-client.ts';
import { ApiFailure } from './api-error.ts';
import { catchUp } from './catch-up.ts';
import { defaultReflectorTimes } from './reflector-times.ts';

const object = (name: string, resourceVersion: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'n', uid: name, resourceVersion },
});
const listOf =
  (resourceVersion: string, objects: Readonly<Record<string, string>>, next = '') =>
  () => ({
    metadata: { resourceVersion, ...(next === '' ? {} : { continue: next }) },
    items: Object.entries(objects).map(([name, version]) => object(name, version)),
  });
const failing = (status: number) => () => {
  throw new SeamarkError(status === 403 ? 'SM_CLUSTER_FORBIDDEN' : 'SM_CLUSTER_UNAVAILABLE', `HTTP ${status}`, {
    cause: new ApiFailure(status, JSON.stringify({ message: `HTTP ${status}` })),
  });
};

/** A view that a test fills itself, and an API server whose lists are a script. The watch has come to `position`. */
function setUp(lists: (() => unknown)[], present: Readonly<Record<string, string>> = {}, position?: string) {
  const clock = createSteppedClock();
  const store = new ViewStore<KubernetesObject>({ kind: serviceKind, onListenerError: () => undefined });
  const asked: ApiRequest[] = [];
  const warnings: string[] = [];
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let phase: ViewState['phase'] = 'watching';
  let outcome = 'waiting';
  for (const [name, version] of Object.entries(present)) store.put(object(name, version));

  const begin = (): void => {
    const caughtUp = catchUp(
      {
        kind: serviceKind,
        namespace: undefined,
        store,
        times: defaultReflectorTimes,
        logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
        clock,
        random: () => 1,
        client: {
          send: async <T>(request: ApiRequest) => {
            asked.push(request);
            return (lists.shift() ?? failing(500))() as T;
          },
          open: () => Promise.reject(new Error('nobody watches here')),
        },
        reflector: {
          state: () => ({ phase }) as ViewState,
          position: () => position,
          onProgress(listener) {
            listeners.add(listener);
            return { [Symbol.dispose]: () => void listeners.delete(listener) };
          },
        },
      },
      stop.signal,
    );
    void caughtUp.then(
      () => (outcome = 'caught up'),
      (error: unknown) => (outcome = `rejected: ${String(error)}`),
    );
  };
  const settle = async (): Promise<string> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    return outcome;
  };
  begin();
  return {
    clock,
    store,
    asked,
    warnings,
    listeners,
    stop,
    settle,
    /** What a watch brings: `a@5` puts, `-a` removes, a number is a bookmark. */
    bring: async (...events: readonly string[]): Promise<string> => {
      for (const event of events) {
        const [name = '', version] = event.split('@');
        if (version !== undefined) store.put(object(name, (position = version)));
        else if (name.startsWith('-')) store.remove({ namespace: 'n', name: name.slice(1) });
        else position = name;
        for (const listener of listeners) listener();
      }
      return settle();
    },
    enter: async (next: ViewState['phase']): Promise<string> => {
      phase = next;
      for (const listener of listeners) listener();
      return settle();
    },
  };
}

describe('catching up', () => {
  test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ['an addition', { a: '3' }, { a: '3', b: '7' }, ['b@7']],
    ['a change', { a: '3' }, { a: '7' }, ['a@7']],
    ['a deletion', { a: '3', b: '4' }, { a: '3' }, ['-b']],
    ['a change that has been overtaken', { a: '3' }, { a: '7' }, ['a@11']],
    ['an object that was deleted and made again', { a: '3' }, { a: '7' }, ['-a', 'a@7']],
    ['an addition that has been deleted since', { a: '3' }, { a: '3', b: '7' }, ['12']],
    ['the last of several', { a: '3' }, { a: '5', b: '7', c: '6' }, ['a@5', 'c@6', 'b@7']],
    ['a deletion behind another one', { a: '3', b: '4' }, {}, ['-b', '-a']],
    ['a bookmark', { a: '3' }, { a: '7' }, ['10']],
  ])('waits for %s', async (_what, present, written, events) => {
    const { bring, settle, listeners } = setUp([listOf('10', written)], present);
    expect(await settle()).toBe('waiting');
    for (const event of events.slice(0, -1)) expect(await bring(event)).toBe('waiting');
    expect(await bring(events.at(-1) ?? '')).toBe('caught up');
    expect(listeners.size).toBe(0);
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['nothing is there', {}, {}],
    ['it has everything', { a: '3', b: '7' }, { a: '3', b: '7' }],
    ['it is ahead of the list', { a: '11', b: '12' }, { a: '3' }],
  ])('is done at once when %s', async (_what, present, written) => {
    expect(await setUp([listOf('10', written)], present).settle()).toBe('caught up');
  });

  test('reads metadata only, page by page, and the version is that of the first page', async () => {
    const { asked, bring, settle } = setUp([listOf('10', { a: '3' }, 'x/y'), listOf('10', { b: '4' })]);
    expect(await settle()).toBe('waiting');
    expect(asked.map(({ path }) => path)).toEqual(['/api/v1/services?limit=500', '/api/v1/services?limit=500&continue=x%2Fy']);
    expect(asked.every(({ accept }) => accept?.includes('as=PartialObjectMetadataList'))).toBe(true);
    expect(await bring('a@3')).toBe('waiting');
    expect(await bring('b@4')).toBe('caught up');
  });

  test('reads again from the first page when a page cannot be had', async () => {
    const { asked, clock, bring, settle } = setUp([listOf('10', { a: '3' }, 'next'), failing(410), listOf('20', { b: '15' })]);
    await settle();
    await clock.advance(200);
    expect(await settle()).toBe('waiting');
    expect(asked).toHaveLength(3);
    expect(await bring('b@15')).toBe('caught up');
  });

  test('repeats failed reads ever more rarely and says so once, until the signal aborts', async () => {
    const { asked, clock, stop, warnings, settle } = setUp([]);
    for (const [delayMs, attempts] of [
      [0, 1],
      [200, 2],
      [400, 3],
      [800, 4],
      [1_600, 5],
    ] as const) {
      await clock.advance(delayMs);
      await settle();
      expect(asked).toHaveLength(attempts);
    }
    expect(warnings).toEqual(['services cannot be compared with the view of them: HTTP 500']);
    stop.abort(new Error('enough'));
    expect(await settle()).toBe('rejected: Error: enough');
    await clock.advance(100_000);
    expect(asked).toHaveLength(5);
  });

  test('waits long after a refusal, and says so at once', async () => {
    const { asked, clock, warnings, settle } = setUp([failing(403), listOf('1', {})]);
    await settle();
    expect(warnings).toHaveLength(1);
    await clock.advance(29_000);
    await settle();
    expect(asked).toHaveLength(1);
    await clock.advance(1_000);
    expect(await settle()).toBe('caught up');
  });

  test('ends with the signal while it waits for the watch', async () => {
    const { stop, settle, listeners } = setUp([listOf('10', { a: '7' })]);
    expect(await settle()).toBe('waiting');
    stop.abort(new Error('enough'));
    expect(await settle()).toBe('rejected: Error: enough');
    expect(listeners.size).toBe(0);
  });

  test('takes a 404 for absence only when the reflector does so too', async () => {
    const { clock, enter, settle, asked } = setUp([failing(404), failing(404)]);
    expect(await settle()).toBe('waiting');
    await enter('absent');
    await clock.advance(200);
    expect(await settle()).toBe('caught up');
    expect(asked).toHaveLength(2);
  });

  test('reads again when the kind becomes absent while it waits', async () => {
    const { enter, settle, asked } = setUp([listOf('10', { a: '7' }), failing(404)]);
    expect(await settle()).toBe('waiting');
    expect(await enter('absent')).toBe('caught up');
    expect(asked).toHaveLength(2);
  });

  test('waits for an equal version where versions cannot be compared', async () => {
    const { bring, settle } = setUp([listOf('list', { a: 'two' })], { a: 'one' });
    expect(await settle()).toBe('waiting');
    expect(await bring('a@three')).toBe('waiting');
    expect(await bring('a@two')).toBe('caught up');
  });

  test('is never done before the view has the state of the list or a later one, and always when the watch has come that far', async () => {
    const write = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), deletes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 14 }), fc.nat(14), fc.nat(14), async (writes, listedAt, viewedAt) => {
        /** The objects after the first `count` writes; the n-th write has version n. */
        const stateAfter = (count: number): Record<string, string> => {
          const state: Record<string, string> = {};
          for (const [index, { name, deletes }] of writes.slice(0, count).entries()) {
            if (deletes) delete state[name];
            else state[name] = String(index + 1);
          }
          return state;
        };
        const listed = Math.min(listedAt, writes.length);
        const viewedFirst = Math.min(viewedAt, writes.length);
        let viewed = viewedFirst;
        const { bring, settle, store } = setUp([listOf(String(listed), stateAfter(listed))], stateAfter(viewed), String(viewed));
        const shown = (): Record<string, string> =>
          Object.fromEntries([...store.list()].map(({ metadata }) => [metadata.name, metadata.resourceVersion ?? '']));
        let outcome = await settle();
        for (; outcome === 'waiting' && viewed < writes.length; viewed += 1) {
          const { name, deletes } = writes[viewed] as { name: string; deletes: boolean };
          // The version of a deletion is that of the last bookmark or event, as of a watch.
          outcome = await (deletes ? bring(`-${name}`, String(viewed + 1)) : bring(`${name}@${viewed + 1}`));
        }
        expect(outcome).toBe('caught up');
        expect(viewed).toBeLessThanOrEqual(Math.max(viewedFirst, listed));
        const later = Array.from({ length: writes.length - listed + 1 }, (_, more) => stateAfter(listed + more));
        expect(later).toContainEqual(shown());
      }),
    );
  });
});
