import { loadAddon, openArena } from '@seamark/netio';
import { type Requirement, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { emptyResponse } from '../chain/response.ts';
import { Pipeline } from '../respond/pipeline.ts';
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
const client = (transport: 'udp' | 'tcp') =>
  ({ transport, address: new Uint8Array(4), port: 1, localAddress: undefined, localPort: 53 }) as const;
const outside = emptyResponse('', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });

function addonRequirement(): Requirement {
  const addon = loadAddon();
  return addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem };
}

describe.skipIf(skipped)('what the arena answers is what JavaScript answers', () => {
  test.each(Array.from({ length: 4 * rounds }, (_, round) => 1 + round))(
    'seed %i: 50,000 queries, half of them mutated, while zones change',
    (seed) => {
      const random = new SeededRandom(seed);
      const content = new RandomTree(random, ['z0.test', 'z1.test', 'a.z0.test', 'b.a.z0.test', 'z2.test', 'c.z2.test']);
      const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
      if (arena === undefined) throw new Error('no addon');
      const policy = combinePolicies([{ nsid: Uint8Array.from([1, 2, 3]) }]);
      const feed = new ArenaFeed(arena, [new TreeSource({ changes: new TreeChanges(content.tree), policyOf: () => policy })], {
        refusesOthers: true,
      });
      feed.load();
      const pipeline = new Pipeline({ chain: (request) => answerQuestion(content.tree, request, { by: 'file' }) ?? outside });
      const [ours, theirs] = [new Uint8Array(65_535), new Uint8Array(65_535)];
      let answered = 0;
      for (let asked = 0; asked < questions; asked++) {
        if (random.chance(1)) {
          content.change();
          feed.update();
        }
        const plain = randomQuery(random, random.pick(content.zones));
        const query = random.chance(50) ? mutated(random, plain) : plain;
        const stream = random.chance(20);
        const length = arena.answer(query, stream ? ours : ours.subarray(0, 1232), stream);
        if (length === 0) continue; // JavaScript answers it
        const expected = pipeline.answer(query, client(stream ? 'tcp' : 'udp'), stream ? theirs : theirs.subarray(0, 1232)) as number;
        if (length < 0) expect({ seed, asked, length: 0 }).toEqual({ seed, asked, length: expected });
        else {
          answered++;
          const got = comparable(ours.subarray(0, length));
          const wanted = comparable(theirs.subarray(0, expected));
          if (got !== wanted) expect({ seed, asked, answer: got }).toEqual({ seed, asked, answer: wanted });
        }
      }
      expect(answered).toBeGreaterThan(questions / 5);
    },
    120_000 * rounds,
  );
});
