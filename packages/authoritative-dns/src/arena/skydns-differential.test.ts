import { dnsNameToWire } from '@seamark/common/model';
import { loadAddon, openArena } from '@seamark/netio';
import { unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import type { Next } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import { SeededRandom } from '../zone/answer/testing/random-zones.ts';
import { answerSkydns, type SkydnsMode } from '../zone/skydns/index.ts';
import { combinePolicies } from './answer-policy.ts';
import { ArenaFeed } from './arena-feed.ts';
import { comparable } from './testing/comparable.ts';
import { RandomSkydns } from './testing/random-skydns.ts';
import { TreeChanges } from './tree-changes.ts';
import { TreeSource } from './tree-source.ts';

const addon = loadAddon();
const skipped = unmet('answers of the arena from SkyDNS values', addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem });
const rounds = Number(process.env['SEAMARK_ARENA_ROUNDS'] ?? 1);
const client = { transport: 'udp', address: new Uint8Array(4), port: 1, localAddress: undefined, localPort: 53 } as const;
const refused = emptyResponse('', responseCodes.REFUSED);
/** What other servers say: each name has one address. An answer that lacks it was not asked for. */
const outside: Next = ({ nameAsAsked, type }) =>
  emptyResponse('', responseCodes.NOERROR, {
    answers: type === 1 ? [{ owner: nameAsAsked, type, ttlSeconds: 9, rdata: [Uint8Array.of(203, 0, 113, 9)] }] : [],
  });
const types = [1, 1, 28, 5, 12, 15, 16, 33, 6, 2, 43];

function queryOf(random: SeededRandom, name: string): Uint8Array {
  const hasEdns = random.chance(50);
  const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, hasEdns ? 1 : 0];
  return Uint8Array.from([
    ...header,
    ...dnsNameToWire(name),
    0,
    random.pick(types),
    0,
    1,
    ...(hasEdns ? [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] : []),
  ]);
}

describe.skipIf(skipped).each<SkydnsMode>(['skydns', 'strict'])('SkyDNS values in mode %s are answered as by JavaScript', (mode) => {
  test.each(Array.from({ length: 2 * rounds }, (_, round) => 1 + round))(
    'seed %i: 20,000 queries, 2,000 revisions',
    { timeout: 120_000 * rounds },
    async (seed) => {
      const random = new SeededRandom(seed);
      const content = new RandomSkydns(random, mode);
      const { zones } = content;
      const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
      if (arena === undefined) throw new Error('no addon');
      const [plain] = [combinePolicies([])];
      const policy = plain === undefined ? undefined : { ...plain, askWildcardLabels: mode === 'skydns' };
      const source = new TreeSource({ changes: new TreeChanges(zones.tree), policyOf: () => policy, sharedSerial: () => zones.serial });
      const feed = new ArenaFeed(arena, [source]);
      feed.load();
      const options = { by: 'etcd', askOutside: outside };
      const pipeline = new Pipeline({ chain: (request) => answerSkydns(zones, request, options) ?? refused });
      const [ours, theirs] = [new Uint8Array(1232), new Uint8Array(1232)];
      let answered = 0;
      for (let asked = 0; asked < 20_000; asked++) {
        if (asked % 10 === 0) {
          content.change();
          feed.update();
        }
        const query = queryOf(random, content.name());
        const length = arena.answer(query, ours, false);
        if (length === 0) continue;
        answered++;
        const result = pipeline.answer(query, client, theirs);
        const expected = typeof result === 'number' ? result : (await result)(theirs);
        const [got, wanted] = [comparable(ours.subarray(0, length)), comparable(theirs.subarray(0, expected))];
        if (got !== wanted) expect({ seed, asked, question: decodeMessage(query).questions, answer: got }).toEqual({ answer: wanted });
      }
      expect(answered).toBeGreaterThan(2_000);
    },
  );
});
