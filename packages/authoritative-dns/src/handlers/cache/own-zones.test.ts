import { expect, test } from 'vitest';

import { composeChain, type Handler } from '../../chain/handler.ts';
import { emptyResponse } from '../../chain/response.ts';
import { addressTo, startUpstream } from '../forward/testing/upstream.ts';
import { forwardSetup } from '../forward/setup.ts';
import { recordSet, sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { refuse, setUp } from '../testing/set-up.ts';
import { cacheSetup } from './setup.ts';

test('a name that our own zones get is answered by them at once, and by the upstream again once they lose it', async () => {
  await using upstream = await startUpstream((asked) => asked.send(addressTo(asked, '203.0.113.1')));
  const forward = setUp(forwardSetup, `forward . 127.0.0.1:${upstream.port}`);
  await forward.part.start?.(new AbortController().signal);
  const ownNames = new Map<string, string>();
  const own: Handler = {
    name: 'etcd',
    handle: (request, next) => {
      const text = ownNames.get('www.example.org');
      if (text === undefined) return next(request);
      return emptyResponse('etcd', 0, { authoritative: true, answers: [recordSet('www.example.org', 300, 'A', text)] });
    },
  };
  const chain = composeChain([setUp(cacheSetup, 'cache 3600').handler, own, forward.handler], refuse);
  const ask = async (): Promise<string[]> => {
    const outcome = await chain(question('www.example.org'));
    return 'drop' in outcome ? [] : [outcome.by, ...sectionText(outcome.answers)];
  };
  try {
    expect(await ask()).toEqual(['forward', 'www.example.org. 60 A 203.0.113.1']);
    expect(await ask()).toEqual(['cache', 'www.example.org. 60 A 203.0.113.1']);
    ownNames.set('www.example.org', '192.0.2.1');
    expect(await ask()).toEqual(['etcd', 'www.example.org. 300 A 192.0.2.1']);
    ownNames.set('www.example.org', '192.0.2.2');
    expect(await ask()).toEqual(['etcd', 'www.example.org. 300 A 192.0.2.2']);
    ownNames.clear();
    expect((await ask())[0]).toBe('cache');
    expect(upstream.asked.length).toBe(1);
  } finally {
    await forward.part.stop?.();
  }
});
