import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { SeamarkError } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import { serviceKind } from '../kind.ts';
import type { ViewState } from '../object-view.ts';
import { ViewStore } from '../view-store.ts';
import type { ApiRequest } from './api-client.ts';
import { ApiFailure } from './api-error.ts';
import { createClusterMetrics } from './cluster-metrics.ts';
import { createReflector } from './reflector.ts';
import { defaultReflectorTimes } from './reflector-times.ts';

type Body = AsyncIterable<Uint8Array>;

const object = (name: string, resourceVersion: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'n', uid: name, resourceVersion },
});
const line = (type: string, of: unknown): Uint8Array => Buffer.from(`${JSON.stringify({ type, object: of })}\n`);
const bookmark = (resourceVersion: string): Uint8Array => line('BOOKMARK', { metadata: { resourceVersion } });
const failure = (status: number, reason = ''): SeamarkError =>
  new SeamarkError('SM_CLUSTER_UNAVAILABLE', `HTTP ${status}`, {
    cause: new ApiFailure(status, JSON.stringify({ reason, message: reason })),
  });

/** A reflector whose API server is a script: what each list and each watch in turn gives. */
function run(script: { lists: (() => unknown)[]; watches: ((clock: ReturnType<typeof createSteppedClock>) => Body)[] }) {
  const clock = createSteppedClock();
  const asked: string[] = [];
  const states: ViewState[] = [];
  const stop = new AbortController();
  const store = new ViewStore({ kind: serviceKind, onListenerError: () => undefined });
  const view = store.view();
  const query = (request: ApiRequest): string => {
    const parameters = new URL(request.path, 'https://x').searchParams;
    return parameters.get('watch') === 'true'
      ? `watch from ${parameters.get('resourceVersion')}`
      : `list${parameters.has('continue') ? ` ${parameters.get('continue')}` : ''}`;
  };
  const reflector = createReflector({
    kind: serviceKind,
    namespace: undefined,
    store,
    customKinds: undefined,
    times: defaultReflectorTimes,
    metrics: createClusterMetrics(),
    logger: silentLogger,
    clock,
    random: () => 1,
    client: {
      async send<T>(request: ApiRequest) {
        asked.push(query(request));
        const next = script.lists.shift();
        if (next === undefined) throw failure(500);
        return next() as T;
      },
      async open(request) {
        asked.push(query(request));
        const next = script.watches.shift();
        if (next === undefined) throw failure(500);
        return next(clock);
      },
    },
    onListed: () => store.markSynced(),
    onState: (state) => states.push(state),
  });
  const ended = reflector.run(stop.signal);
  const waits = (): number[] => states.flatMap((state) => (state.phase === 'waiting' ? [state.retryInMs] : []));
  const names = (): string[] => [...view.list()].map((one) => one.metadata.name).toSorted();
  return { clock, asked, states, waits, names, view, end: async () => (stop.abort(), await clock.advance(1_000_000), ended) };
}

const listOf =
  (resourceVersion: string, ...objects: KubernetesObject[]) =>
  () => ({ metadata: { resourceVersion }, items: objects });
async function* lines(...all: Uint8Array[]): Body {
  yield* all;
}
/** Gives its lines and then stays open for `openMs`. */
const lasting = (openMs: number, ...all: Uint8Array[]) =>
  async function* (clock: ReturnType<typeof createSteppedClock>): Body {
    yield* all;
    await new Promise<void>((resolve) => clock.schedule(openMs, resolve));
  };

describe('a reflector', () => {
  test('goes on from the last event or bookmark it has seen', async () => {
    const { clock, asked, names, end } = run({
      lists: [listOf('10', object('a', '3'))],
      watches: [() => lines(line('ADDED', object('b', '11')), bookmark('15')), () => lines(line('DELETED', object('a', '16')))],
    });
    await clock.advance(1_000);
    await end();
    expect(asked.slice(0, 4)).toEqual(['list', 'watch from 10', 'watch from 15', 'watch from 16']);
    expect(names()).toEqual(['b']);
  });

  test('asks ever more rarely when every watch ends at once, although each brings an event', async () => {
    const { clock, waits, end } = run({
      lists: [listOf('1')],
      watches: Array.from({ length: 8 }, (_, index) => () => lines(line('ADDED', object(`o${index}`, String(index + 2))))),
    });
    await clock.advance(60_000);
    await end();
    expect(waits().slice(0, 8)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  test('begins its backoff anew after a healthy time, and comes back at once after a watch that ended as asked', async () => {
    const { clock, asked, waits, end } = run({
      lists: [listOf('1')],
      watches: [() => lines(), () => lines(), lasting(6_000), lasting(4_000), lasting(300_000)],
    });
    await clock.advance(20_000);
    await end();
    expect(waits()).toEqual([200, 400, 200]);
    expect(asked).toHaveLength(6);
  });

  test('lists again after 410 in the stream and tells only what differs', async () => {
    const { clock, asked, names, view, states, end } = run({
      lists: [
        listOf('10', object('kept', '1'), object('changed', '2'), object('gone', '3')),
        listOf('50', object('kept', '1'), object('changed', '40'), object('new', '41')),
      ],
      watches: [() => lines(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })), lasting(60_000)],
    });
    const changes: string[] = [];
    view.subscribe((change) => changes.push(`${change.type} ${change.object.metadata.name}`));
    await clock.advance(1_000);
    await end();
    expect(asked).toEqual(['list', 'watch from 10', 'list', 'watch from 50']);
    expect(changes).toEqual(['added kept', 'added changed', 'added gone', 'updated changed', 'added new', 'deleted gone']);
    expect(names()).toEqual(['changed', 'kept', 'new']);
    expect(states.map((state) => state.phase)).toEqual(['listing', 'watching', 'waiting', 'listing', 'watching', 'stopped']);
  });

  test('starts its list over when a page has expired, and deletes nothing before a list is whole', async () => {
    const page =
      (token: string, ...objects: KubernetesObject[]) =>
      () => ({ metadata: { resourceVersion: '9', continue: token }, items: objects });
    const { clock, asked, names, end } = run({
      lists: [
        page('p2', object('a', '1')),
        () => {
          throw failure(410, 'Expired');
        },
        page('p2', object('b', '2')),
        listOf('9', object('c', '3')),
      ],
      watches: [lasting(60_000)],
    });
    await clock.advance(100);
    expect(names()).toEqual(['a']);
    await clock.advance(1_000);
    await end();
    expect(asked).toEqual(['list', 'list p2', 'list', 'list p2', 'watch from 9']);
    expect(names()).toEqual(['b', 'c']);
  });

  test('lists again when the server’s history is older than ours', async () => {
    const tooLarge = new SeamarkError('SM_CLUSTER_UNAVAILABLE', 'too large', {
      cause: new ApiFailure(
        504,
        JSON.stringify({ message: 'Timeout: Too large resource version', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      ),
    });
    const { clock, asked, names, end } = run({
      lists: [listOf('90', object('a', '80')), listOf('20', object('b', '15'))],
      watches: [
        () => {
          throw tooLarge;
        },
        lasting(60_000),
      ],
    });
    await clock.advance(1_000);
    await end();
    expect(asked).toEqual(['list', 'watch from 90', 'list', 'watch from 20']);
    expect(names()).toEqual(['b']);
  });

  test('leaves out what names no object, and takes the rest', async () => {
    const { clock, names, end } = run({
      lists: [listOf('1', {} as KubernetesObject, object('a', '1'))],
      watches: [() => lines(line('ADDED', null), line('MODIFIED', { metadata: {} }), line('ADDED', object('b', '2')))],
    });
    await clock.advance(100);
    await end();
    expect(names()).toEqual(['a', 'b']);
  });
});
