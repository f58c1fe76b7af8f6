// A server of one zone for measurements and tests: `arena-server.ts ZONEFILE NAME PORT SOCKETS`, with each record of the file on one
// line and all names absolute. Answers from an arena, and by the chain what the arena leaves. Says `ready` when it answers.
import { readFileSync } from 'node:fs';

import { dnsNameToWire } from '@seamark/common/model';
import { openArena, startUdpServer } from '@seamark/netio';

import { ArenaFeed, combinePolicies, TreeChanges, TreeSource } from '../arena/index.ts';
import { emptyResponse } from '../chain/response.ts';
import { createZoneContent } from '../handlers/file/zone-content.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { recordFromText } from '../wire/presentation/index.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import { answerQuestion } from '../zone/answer/index.ts';
import { type Rrset, ZoneTree } from '../zone/tree/index.ts';

const [file = '', zoneName = '', port = '0', sockets = '1'] = process.argv.slice(2);
const apex = dnsNameToWire(zoneName);
const records = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [, owner, ttlSeconds, text] = /^(\S+)\. (\d+) IN (.*)$/.exec(line) as unknown as [string, string, string, string];
    const read = recordFromText(text, apex);
    if (!read.ok) throw new Error(`${line}: ${read.problem}`);
    return { owner: dnsNameToWire(owner), ttlSeconds: Number(ttlSeconds), ...read.value };
  });
const content = createZoneContent(apex, records);
if (!content.ok) throw new Error(content.problem);
const { names, soa } = content.value;
const tree = new ZoneTree<readonly Rrset[]>({ rrsets: (node) => node.payload ?? [], soa: () => soa }, { trackChanges: true });
tree.addZone(apex);
for (const { name, rrsets, marks } of names.values()) tree.set(tree.ensure(name), rrsets, marks);

const arena = process.env['SEAMARK_ARENA'] === 'no' ? undefined : openArena();
if (arena !== undefined) {
  const startedMs = performance.now();
  const source = new TreeSource({ changes: new TreeChanges(tree), policyOf: () => combinePolicies([]) });
  new ArenaFeed(arena, [source], { refusesOthers: true }).load();
  process.stdout.write(`arena of ${arena.stats().names} names in ${Math.round(performance.now() - startedMs)} ms\n`);
}
const pipeline = new Pipeline({
  chain: (request) => answerQuestion(tree, request, { by: 'file' }) ?? emptyResponse('', responseCodes.REFUSED),
});
const out = new Uint8Array(65_535);
const udp = await startUdpServer({
  host: Uint8Array.of(127, 0, 0, 1),
  port: Number(port),
  sockets: Number(sockets),
  ...(arena === undefined ? {} : { arena }),
  onFallback: (problem) => process.stdout.write(`no addon: ${problem}\n`),
  onQuestion(question) {
    const client = { transport: 'udp', address: question.address, port: question.port, localAddress: undefined, localPort: 0 } as const;
    const length = pipeline.answer(question.octets, client, out.subarray(0, 1232));
    if (typeof length === 'number' && length > 0) udp.respond(question, out.subarray(0, length));
  },
});
process.stdout.write(`ready on ${udp.port}\n`);
process.once('SIGTERM', () => {
  const counts = udp.counts(1);
  process.stdout.write(
    `${JSON.stringify({ received: counts.received, answered: counts.answered, asked: counts.asked, batches: counts.batches, drops: counts.drops })}\n`,
  );
  void udp.close();
});
