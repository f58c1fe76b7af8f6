import { expect, test } from 'vitest';

import type { ObjectRef } from '../model/object-ref.ts';
import { createReasonStream, type DecisionChange, type ReasonStream } from './index.ts';

const web: ObjectRef = { kind: 'Service', namespace: 'web', name: 'web' };
const api: ObjectRef = { kind: 'Service', namespace: 'web', name: 'api' };

function recordedStream(): { stream: ReasonStream; changes: string[]; setNow: (ms: number) => void } {
  let nowMs = 1000;
  const changes: string[] = [];
  const stream = createReasonStream({ now: () => nowMs, onListenerError: (message) => void changes.push(`error ${message}`) });
  stream.subscribe(
    (change: DecisionChange) =>
      void changes.push(`${change.type} ${change.decision.object.name} ${change.decision.topic} ${change.decision.code}`),
  );
  return { stream, changes, setNow: (ms) => (nowMs = ms) };
}

test('reporting the same again is silent and keeps its time', () => {
  const { stream, changes, setNow } = recordedStream();
  stream.report({ code: 'CLUSTER_IP_PENDING', object: web, topic: 'address', params: {} });
  setNow(2000);
  stream.report({ code: 'CLUSTER_IP_PENDING', object: { ...web, uid: 'made anew' }, topic: 'address', params: {} });
  expect(changes).toEqual(['made web address CLUSTER_IP_PENDING']);
  expect(stream.of(web).map((decision) => decision.sinceMs)).toEqual([1000]);
});

test('a later decision on a topic takes the place of the former and knows it', () => {
  const { stream, changes } = recordedStream();
  const previous: (string | undefined)[] = [];
  stream.subscribe((change) => void previous.push(change.type === 'made' ? change.previous?.code : 'ended'));
  stream.report({ code: 'CLUSTER_IP_PENDING', object: web, topic: 'address', params: {} });
  stream.report({ code: 'ADDRESS_ASSIGNED', object: web, topic: 'address', params: { addresses: ['192.0.2.1'], pool: 'lan' } });
  stream.report({ code: 'ADDRESS_ASSIGNED', object: web, topic: 'address', params: { addresses: ['192.0.2.2'], pool: 'lan' } });
  expect(changes).toEqual([
    'made web address CLUSTER_IP_PENDING',
    'made web address ADDRESS_ASSIGNED',
    'made web address ADDRESS_ASSIGNED',
  ]);
  expect(previous).toEqual([undefined, 'CLUSTER_IP_PENDING', 'ADDRESS_ASSIGNED']);
  expect(stream.of(web)).toHaveLength(1);
});

test('ending a decision that does not hold does nothing', () => {
  const { stream, changes } = recordedStream();
  stream.end(web, 'address');
  stream.report({ code: 'CLUSTER_IP_PENDING', object: web, topic: 'address', params: {} });
  stream.end(web, 'other');
  stream.end(web, 'address');
  stream.end(web, 'address');
  expect(changes).toEqual(['made web address CLUSTER_IP_PENDING', 'ended web address CLUSTER_IP_PENDING']);
  expect([...stream.list()]).toEqual([]);
});

test('endAll ends the topics of one object that match and are not excepted', () => {
  const { stream } = recordedStream();
  for (const [object, topic] of [
    [web, 'name:a'],
    [web, 'name:b'],
    [web, 'address'],
    [api, 'name:a'],
  ] as const) {
    stream.report({ code: 'TTL_INVALID', object, topic, params: { value: 'x' } });
  }
  stream.endAll(web, 'name:', new Set(['name:b']));
  expect([...stream.list()].map((decision) => `${decision.object.name} ${decision.topic}`)).toEqual([
    'web name:b',
    'web address',
    'api name:a',
  ]);
});

test('a subscriber that throws stops neither the stream nor the others, and one that has left hears nothing', () => {
  const { stream, changes } = recordedStream();
  const broken = stream.subscribe(() => {
    throw new Error('broken');
  });
  stream.report({ code: 'CLUSTER_IP_PENDING', object: web, topic: 'address', params: {} });
  broken[Symbol.dispose]();
  stream.report({ code: 'CLUSTER_IP_PENDING', object: api, topic: 'address', params: {} });
  expect(changes).toEqual(['made web address CLUSTER_IP_PENDING', 'error broken', 'made api address CLUSTER_IP_PENDING']);
});
