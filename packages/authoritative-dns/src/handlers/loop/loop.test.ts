import type { SeamarkError } from '@seamark/common/errors';
import { dnsNameToWire } from '@seamark/common/model';
import { freePort } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { composeChain, type Next } from '../../chain/handler.ts';
import { emptyResponse } from '../../chain/response.ts';
import { createCorefileServer } from '../../server/corefile-server.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { LoopProbe } from './loop-probe.ts';
import { loopSetup } from './setup.ts';

/** A server whose upstream is `upstream`, with a probe that asks it. */
function serverThatForwardsTo(upstream: (server: Next) => Next): { probe: LoopProbe; loops: string[]; asked: () => number; server: Next } {
  const loops: string[] = [];
  let count = 0;
  const probe = new LoopProbe({
    randomName: () => dnsNameToWire(`${++count}.test`),
    ask: (request) => server(request),
    firstRetryMs: 1,
    mostRetryMs: 2,
    giveUpMs: 7,
    onLoop: (name) => loops.push(Buffer.from(name).toString('latin1')),
  });
  const server: Next = (request) => composeChain([probe], upstream(server))(request);
  return { probe, loops, asked: () => count, server };
}

const never = new AbortController().signal;

describe('loop', () => {
  test('takes nothing, once', () => {
    expect(problemOf(loopSetup, 'loop')).toBeUndefined();
    expect(problemOf(loopSetup, 'loop now')).toContain('loop takes no arguments');
    expect(problemOf(loopSetup, 'loop\nloop')).toContain('loop stands twice');
  });

  test('finds a server that forwards to itself, ends the circle and says so once', async () => {
    const { probe, loops } = serverThatForwardsTo((server) => async (request) => server(request));
    await probe.run(never);
    expect(loops).toEqual(['\u00011\u0004test\0']);
  });

  test('finds nothing where somebody else answers', async () => {
    const { probe, loops, asked } = serverThatForwardsTo(() => async () => emptyResponse('forward', 3));
    await probe.run(never);
    expect([loops, asked()]).toEqual([[], 1]);
  });

  test('asks again, another name each time, while nobody answers, and gives up in the end', async () => {
    const { probe, loops, asked } = serverThatForwardsTo(() => () => emptyResponse('forward', 2));
    await probe.run(never);
    expect([loops, asked()]).toEqual([[], 5]);
  });

  test('asks again while another version of the server answers', async () => {
    let asked = 0;
    const probe = new LoopProbe({
      randomName: () => dnsNameToWire('x.test'),
      ask: (request) => (++asked < 3 ? emptyResponse('forward', 3) : composeChain([probe], () => emptyResponse('forward', 3))(request)),
      firstRetryMs: 1,
      mostRetryMs: 2,
      giveUpMs: 7,
      onLoop: () => expect.unreachable(),
    });
    await probe.run(never);
    expect(asked).toBe(3);
  });

  test('finds a circle that closes only after a while', async () => {
    let attempts = 0;
    const { probe, loops } = serverThatForwardsTo(
      (server) => (request) => (++attempts < 3 ? emptyResponse('forward', 2) : server(request)),
    );
    await probe.run(never);
    expect(loops).toHaveLength(1);
  });

  test('a question of somebody else, or after the end, is none of its business', async () => {
    const { probe, loops, server } = serverThatForwardsTo(() => () => emptyResponse('forward', 3));
    await probe.run(never);
    for (let times = 0; times < 5; times++) await server(question('1.test', 'HINFO'));
    expect(loops).toEqual([]);
  });

  test('a loop ends the server with an error that says what to do', async () => {
    const errors: unknown[] = [];
    const loops = Promise.withResolvers<void>();
    const context = {
      askServer: ((request) => server(request)) as Next,
      fail: (error: unknown) => {
        errors.push(error);
        loops.resolve();
      },
    };
    const { part, handler } = setUp(loopSetup, 'loop', { zone: 'example.org', context });
    const server: Next = (request) => composeChain([handler], async (again) => server(again))(request);
    await part.start?.(never);
    await loops.promise;
    await part.stop?.();
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'SM_FORWARDING_LOOP',
        message: expect.stringMatching(
          /^dns:\/\/:1053: the question "HINFO IN \d+\.\d+\.example\.org\." was asked once and came in more than twice/,
        ),
      }),
    ]);
  });

  test('a real server that forwards to itself finds out', async () => {
    const port = await freePort();
    const failed = Promise.withResolvers<SeamarkError>();
    const server = createCorefileServer({
      file: 'Corefile',
      text: `.:${port} {\n bind 127.0.0.1\n loop\n forward . 127.0.0.1:${port}\n}\n`,
      fail: failed.resolve,
    });
    await server.start(never);
    expect((await failed.promise).code).toBe('SM_FORWARDING_LOOP');
    await server.stop();
  });
});
