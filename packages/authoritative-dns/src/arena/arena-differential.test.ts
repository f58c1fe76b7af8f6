import { loadAddon, openArena } from '@seamark/netio';
import { type Requirement, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { emptyResponse } from '../chain/response.ts';
import { ServerCookies } from '../respond/cookies/server-cookies.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { extendedErrors, responseCodes } from '../wire/protocol-codes.ts';
import { answerQuestion } from '../zone/answer/index.ts';
import { SeededRandom } from '../zone/answer/testing/random-zones.ts';
import { combinePolicies } from './answer-policy.ts';
import { ArenaFeed } from './arena-feed.ts';
import { comparable } from './testing/comparable.ts';
import { mutated, randomQuery } from './testing/random-query.ts';
import { RandomTree } from './testing/random-tree.ts';
import { TreeChanges } from './tree-changes.ts';
import { TreeSource } from './tree-source.ts';

/** `SEAMARK_ARENA_ROUNDS=100` asks as many times as much. */
const rounds = Number(process.env['SEAMARK_ARENA_ROUNDS'] ?? 1);
const skipped = unmet('answers of the arena against those of JavaScript', addonRequirement());
const questions = 50_000;
const client = (transport: 'udp' | 'tcp', address: Uint8Array) =>
  ({ transport, address, port: 1, localAddress: undefined, localPort: 53 }) as const;
const addresses = [Uint8Array.of(192, 0, 2, 1), Uint8Array.from({ length: 16 }, (_, at) => 0x20 + at)];
const secret = Uint8Array.from({ length: 16 }, (_, at) => 250 - at);
const otherSecret = Uint8Array.from({ length: 16 }, (_, at) => at);
const outside = emptyResponse('', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });

function addonRequirement(): Requirement {
  const addon = loadAddon();
  return addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem };
}

/** Data of a COOKIE option: fresh, old, expired or of the future, by either secret or none, for this address or another, of any length. */
function randomCookie(random: SeededRandom, address: Uint8Array, now: number): Uint8Array {
  const own = Uint8Array.from({ length: 8 }, () => random.below(256));
  if (random.chance(20)) return own;
  if (random.chance(15)) return Uint8Array.from({ length: random.below(45) }, () => random.below(256));
  const nowSeconds = now + random.pick([0, -1, -1799, -1800, -1801, -3600, -3601, 299, 300, 301]);
  const made = new ServerCookies({ secrets: [random.chance(70) ? secret : otherSecret], nowSeconds: () => nowSeconds });
  const option = made.create(own, random.chance(90) ? address : random.pick(addresses));
  if (random.chance(10)) option[random.below(24)] = random.below(256);
  return option;
}

/** Whether an answer has an alias with more than itself, or records besides OPT and those that were asked for. */
function isComposed(octets: Uint8Array): boolean {
  const { answers, authorities, additionals } = decodeMessage(octets);
  return new Set(answers.map(({ type }) => type)).size > 1 || (answers.length > 0 && authorities.length + additionals.length > 0);
}

describe.skipIf(skipped)('what the arena answers is what JavaScript answers', () => {
  test.each(Array.from({ length: 4 * rounds }, (_, round) => 1 + round))(
    'seed %i: 50,000 queries, many of them mutated, while zones change',
    (seed) => {
      const random = new SeededRandom(seed);
      const content = new RandomTree(random, ['z0.test', 'z1.test', 'a.z0.test', 'b.a.z0.test', 'z2.test', 'c.z2.test']);
      const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
      if (arena === undefined) throw new Error('no addon');
      const policy = combinePolicies([{ nsid: Uint8Array.from([1, 2, 3]) }]);
      const feed = new ArenaFeed(
        arena,
        [new TreeSource({ changes: new TreeChanges(content.tree), policyOf: () => policy, asksForHosts: false })],
        {
          refusesOthers: true,
        },
      );
      feed.load();
      let nowSeconds = 1_700_000_000;
      const cookiePolicy = seed % 2 === 0 ? 'require' : 'answer';
      const cookies =
        seed % 5 === 0
          ? undefined
          : new ServerCookies({ secrets: [secret, otherSecret], policy: cookiePolicy, nowSeconds: () => nowSeconds });
      if (cookies === undefined) arena.setCookies({ policy: 'ignore' });
      else cookies.follow((settings) => arena.setCookies(settings));
      const pipeline = new Pipeline({
        ...(cookies === undefined ? {} : { cookies }),
        chain: (request) => answerQuestion(content.tree, request, { by: 'file' }) ?? outside,
      });
      const [ours, theirs] = [new Uint8Array(65_535), new Uint8Array(65_535)];
      let [answered, composed] = [0, 0];
      for (let asked = 0; asked < questions; asked++) {
        if (asked === questions / 2) cookies?.replace({ secrets: [otherSecret, secret], policy: cookiePolicy });
        if (random.chance(1)) {
          content.change();
          feed.update();
        }
        nowSeconds = 1_700_000_000 + random.below(100_000);
        const address = random.pick(addresses);
        const plain = randomQuery(random, random.pick(content.zones), () => randomCookie(random, address, nowSeconds));
        const query = random.chance(40) ? mutated(random, plain) : plain;
        const stream = random.chance(20);
        const length = arena.answer(query, stream ? ours : ours.subarray(0, 1232), stream, { address, nowSeconds });
        if (length === 0) continue; // JavaScript answers it
        const expected = pipeline.answer(
          query,
          client(stream ? 'tcp' : 'udp', address),
          stream ? theirs : theirs.subarray(0, 1232),
        ) as number;
        if (length < 0) expect({ seed, asked, length: 0 }).toEqual({ seed, asked, length: expected });
        else {
          answered++;
          if (isComposed(ours.subarray(0, length))) composed++;
          const got = comparable(ours.subarray(0, length));
          const wanted = comparable(theirs.subarray(0, expected));
          if (got !== wanted) expect({ seed, asked, answer: got }).toEqual({ seed, asked, answer: wanted });
        }
      }
      expect(answered).toBeGreaterThan(questions / 5);
      expect(composed).toBeGreaterThan(questions / 250);
    },
    120_000 * rounds,
  );
});
