import { programRequirement, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import type { ContentZones } from '../../handlers/file/content-zones.ts';
import { question as questionOf } from '../../handlers/testing/question.ts';
import { recordTypeCode } from '../../wire/record-type.ts';
import { answerQuestion } from './answer-question.ts';
import { zonesOf } from './testing/content-of-lines.ts';
import { acceptedDifferences } from './testing/differences.ts';
import { type NormalisedAnswer, normalise, normaliseResponse } from './testing/normalised-answer.ts';
import { randomQuestion, type RandomZone, randomZone, SeededRandom } from './testing/random-zones.ts';
import { type Servers, serversRequirements, startServers } from './testing/servers.ts';
import { signZone, type SigningMode } from './testing/sign-zone.ts';

/** `SEAMARK_DIFFERENTIAL_ROUNDS=100` asks as many times as much, each round with other zones. */
const rounds = Number(process.env['SEAMARK_DIFFERENTIAL_ROUNDS'] ?? 1);
const skipped = unmet('random zones by BIND, Knot, NSD and by authoritative-dns', ...serversRequirements());
const signingSkipped =
  skipped || unmet('signed zones by BIND, Knot, NSD and by authoritative-dns', programRequirement('dnssec-signzone', 'bind9-utils'));

/** Asks everybody `count` questions about the zones; returns what is different without being in the table. */
async function differences(
  servers: Servers,
  zones: readonly RandomZone[],
  held: ContentZones,
  random: SeededRandom,
  count: number,
  dnssecOk: boolean,
) {
  const found: { question: string; server: string; ours: NormalisedAnswer; theirs: NormalisedAnswer }[] = [];
  for (let asked = 0; asked < count && found.length < 3; asked++) {
    const { name, type } = randomQuestion(random, random.pick(zones), dnssecOk);
    const code = recordTypeCode(type) as number;
    const request: DnsRequest = questionOf(name, type, { edns: { udpPayloadSize: 4096, version: 0, dnssecOk, options: [] } });
    const response = answerQuestion(held.tree, request, { by: 'file' }) as DnsResponse;
    const ours = comparable(normaliseResponse(response));
    for (const [index, message] of (await servers.ask(name, code, dnssecOk)).entries()) {
      const server = servers.names[index] as string;
      const theirs = comparable(normalise(message));
      if (JSON.stringify(ours) === JSON.stringify(theirs)) continue;
      const accepted = acceptedDifferences.find(
        (difference) =>
          difference.servers.includes(server) && difference.applies({ name, type, zones: held, server, response, ours, theirs }),
      );
      if (accepted === undefined) found.push({ question: `${name} ${type}`, server, ours, theirs });
    }
  }
  return found;
}

/**
 * Of the additional section only glue that a referral needs is compared: the addresses of servers below the cut. The rest is up to the
 * server (RFC 9471 3, RFC 2181 9).
 */
function comparable(answer: NormalisedAnswer): NormalisedAnswer {
  const cuts = answer.aa ? [] : answer.authority.filter((line) => line.includes(' in ns ')).map((line) => `.${line.split(' ')[0]}`);
  const isGlue = (line: string): boolean => cuts.some((cut) => (line.split(' ')[0] as string).endsWith(cut));
  return { ...answer, additional: answer.additional.filter(isGlue) };
}

function namesOfZones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index % 5 === 4 ? `a.z${index - 1}.test` : `z${index}.test`));
}

describe.skipIf(skipped)('random zones are answered as by BIND, Knot and NSD', () => {
  test.each(Array.from({ length: rounds }, (_, round) => 1 + round))(
    'seed %i: 40 zones, 2,000 questions',
    async (seed) => {
      const random = new SeededRandom(seed);
      const names = namesOfZones(40);
      const zones = names.map((name) => randomZone(random, name, names));
      await using servers = await startServers(zones);
      expect(await differences(servers, zones, zonesOf(zones), random, 2_000, false)).toEqual([]);
    },
    60_000,
  );
});

describe.skipIf(signingSkipped).each<SigningMode>(['NSEC', 'NSEC3', 'NSEC3 with opt-out'])(
  'zones signed with %s are answered as by BIND, Knot and NSD',
  (mode) => {
    let zones: readonly RandomZone[];
    let servers: Servers;
    const random = new SeededRandom(9);
    beforeAll(async () => {
      const names = namesOfZones(10);
      zones = names.map((name) => signZone(randomZone(random, name, names), mode));
      servers = await startServers(zones);
    }, 60_000);
    afterAll(async () => servers?.[Symbol.asyncDispose]());

    test.each([
      ['with DO', true],
      ['without DO', false],
    ])(
      '%s: 1,000 questions',
      async (_what, dnssecOk) => {
        expect(await differences(servers, zones, zonesOf(zones), random, 1_000 * rounds, dnssecOk)).toEqual([]);
      },
      60_000 * rounds,
    );
  },
);
