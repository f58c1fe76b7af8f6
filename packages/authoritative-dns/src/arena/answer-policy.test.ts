import { expect, test } from 'vitest';

import type { AheadPolicy, Handler } from '../chain/handler.ts';
import { combinePolicies, policyInChain } from './answer-policy.ts';

const handler = (name: string, extra: Partial<Handler> = {}): Handler => ({ name, handle: (request, next) => next(request), ...extra });
const answering = handler('etcd');
const plain = { rotate: false, udpLimit: 1232, exceptTypes: [], nsid: undefined };

test('without handlers in front answers are sent as they are', () => {
  expect(policyInChain([answering, handler('forward')], answering)).toEqual(plain);
});

test('handlers that let answers pass, or say what they do to them, may stand in front', () => {
  const nsid = Uint8Array.of(1);
  const chain = [
    handler('prometheus', { transparent: true }),
    handler('bufsize', { ahead: { udpPayloadLimit: 700 } }),
    handler('nsid', { ahead: { nsid } }),
    handler('any', { ahead: { exceptTypes: [255] } }),
    handler('loadbalance', { ahead: { rotation: 'round_robin' } }),
    answering,
  ];
  expect(policyInChain(chain, answering)).toEqual({ rotate: true, udpLimit: 700, exceptTypes: [255], nsid });
});

test('any other handler in front must see the questions', () => {
  expect(policyInChain([handler('acl'), answering], answering)).toBeUndefined();
});

test.each<[string, AheadPolicy]>([
  ['too many types', { exceptTypes: Array.from({ length: 17 }, (_, type) => type + 1) }],
  ['an identifier that is too long', { nsid: new Uint8Array(129) }],
])('%s cannot be done ahead', (_what, policy) => {
  expect(combinePolicies([policy])).toBeUndefined();
});
