import { ArenaBatch, arenaFlags, loadAddon, openArena } from '@seamark/netio';
import { unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import type { Next } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { extendedErrors, responseCodes } from '../wire/protocol-codes.ts';
import { answerQuestion } from '../zone/answer/index.ts';
import { SeededRandom } from '../zone/answer/testing/random-zones.ts';
import { answerSkydns, type SkydnsMode } from '../zone/skydns/index.ts';
import type { ZoneTree } from '../zone/tree/index.ts';
import { combinePolicies } from './answer-policy.ts';
import { comparable } from './testing/comparable.ts';
import { randomQuery } from './testing/random-query.ts';
import { RandomSkydns } from './testing/random-skydns.ts';
import { RandomTree } from './testing/random-tree.ts';
import { TreeChanges } from './tree-changes.ts';
import { TreeSource, type TreeSourceOptions } from './tree-source.ts';

const addon = loadAddon();
const skipped = unmet('answers while an arena is filled', addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem });
const rounds = Number(process.env['SEAMARK_ARENA_ROUNDS'] ?? 1);
const client = { transport: 'udp', address: new Uint8Array(4), port: 1, localAddress: undefined, localPort: 53 } as const;
const refused = emptyResponse('', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });
const noCookie = (): Uint8Array => new Uint8Array(0);

/** An arena that is filled a few names at a time, when the test wants it. */
class SteppedArena<T> {
  readonly arena;
  private readonly batch = new ArenaBatch();
  private readonly source: TreeSource<T>;
  private isFull = true;

  constructor(tree: ZoneTree<T>, options: Partial<TreeSourceOptions<T>>) {
    const arena = openArena({ reserveOctets: 64 * 2 ** 20 });
    if (arena === undefined) throw new Error('no addon');
    arena.setCookies({ policy: 'ignore' });
    this.arena = arena;
    const policy = combinePolicies([]);
    this.source = new TreeSource({ changes: new TreeChanges(tree), policyOf: () => policy, ...options });
  }

  begin(): void {
    this.batch.removeAll();
    this.batch.flags(arenaFlags.refuse);
    this.source.begin(this.batch);
    this.isFull = false;
    this.apply();
  }

  /** True = everything is there. */
  step(names: number): boolean {
    let left = names;
    this.isFull ||= this.source.fill(this.batch, () => --left < 0);
    this.apply();
    return this.isFull;
  }

  change(): void {
    this.source.writeChanges(this.batch, () => undefined);
    this.apply();
  }

  private apply(): void {
    this.arena.apply(this.batch);
    this.batch.clear();
  }
}

interface World {
  readonly stepped: Pick<SteppedArena<unknown>, 'arena' | 'begin' | 'step' | 'change'>;
  readonly chain: Next;
  readonly change: () => void;
  readonly query: () => Uint8Array;
}

/** Fills again and again, with changes between the steps. */
function expectSameAnswers(random: SeededRandom, { stepped, chain, change, query }: World, questions: number): void {
  const pipeline = new Pipeline({ chain });
  const [ours, theirs] = [new Uint8Array(1232), new Uint8Array(1232)];
  let [early, late, fillings] = [0, 0, 0];
  let isFull = true;
  for (let asked = 0; asked < questions; asked++) {
    if (isFull && random.chance(3)) {
      stepped.begin();
      isFull = false;
      fillings++;
    } else if (!isFull && random.chance(30)) isFull = stepped.step(1 + random.below(4));
    if (random.chance(10)) {
      change();
      stepped.change();
    }
    const asking = query();
    const length = stepped.arena.answer(asking, ours, false);
    if (length <= 0) continue; // JavaScript answers it
    if (isFull) late++;
    else early++;
    const expected = pipeline.answer(asking, client, theirs);
    if (typeof expected !== 'number') throw new Error('an answer that waits was compiled');
    const [got, wanted] = [comparable(ours.subarray(0, length)), comparable(theirs.subarray(0, expected))];
    if (got !== wanted) expect({ asked, isFull, query: Buffer.from(asking).toString('latin1'), answer: got }).toEqual({ answer: wanted });
  }
  expect(fillings).toBeGreaterThan(questions / 1_000);
  for (const answered of [early, late]) expect(answered).toBeGreaterThan(questions / 50);
}

describe.skipIf(skipped)('while an arena is filled, and zones change, it answers as JavaScript does or leaves it to JavaScript', () => {
  test.each(Array.from({ length: 4 * rounds }, (_, round) => 1 + round))(
    'zones of any content, seed %i',
    { timeout: 120_000 * rounds },
    (seed) => {
      const random = new SeededRandom(seed);
      const content = new RandomTree(random, ['z0.test', 'z1.test', 'a.z0.test', 'b.a.z0.test', 'z2.test', 'c.z2.test']);
      const stepped = new SteppedArena(content.tree, { asksForHosts: false });
      const chain: Next = (request) => answerQuestion(content.tree, request, { by: 'file' }) ?? refused;
      const query = (): Uint8Array => randomQuery(random, random.pick(content.zones), noCookie);
      expectSameAnswers(random, { stepped, chain, change: () => content.change(), query }, 40_000);
    },
  );

  test.each([1, 2].flatMap((seed) => (['skydns', 'strict'] as const).map((mode): [number, SkydnsMode] => [seed, mode])))(
    'SkyDNS values, seed %i, mode %s',
    { timeout: 120_000 },
    (seed, mode) => {
      const random = new SeededRandom(seed);
      const content = new RandomSkydns(random, mode);
      const { zones } = content;
      const plain = combinePolicies([]);
      const policy = plain === undefined ? undefined : { ...plain, askWildcardLabels: mode === 'skydns' };
      const stepped = new SteppedArena(zones.tree, { policyOf: () => policy, sharedSerial: () => zones.serial });
      const options = { by: 'etcd', askOutside: () => refused };
      const chain: Next = (request) => answerSkydns(zones, request, options) ?? refused;
      const query = (): Uint8Array => {
        const name = content.name();
        const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
        return Uint8Array.from([
          0,
          7,
          1,
          0,
          0,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          ...labels,
          0,
          0,
          random.pick([1, 28, 5, 12, 15, 16, 33, 6, 2, 43]),
          0,
          1,
        ]);
      };
      expectSameAnswers(random, { stepped, chain, change: () => content.change(), query }, 20_000);
    },
  );
});
