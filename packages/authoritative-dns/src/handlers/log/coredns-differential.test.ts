import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createPlainLogger } from '@seamark/common/observability';
import { corednsProgram, corednsRequirement, eventually, freePort, startProcess, temporaryFolder, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { createCorefileServer } from '../../server/corefile-server.ts';

interface QueryOptions {
  readonly type?: number;
  readonly flags?: number;
  readonly edns?: { readonly size: number; readonly dnssecOk?: boolean };
}

function query(labels: readonly string[], { type = 1, flags = 0x0100, edns }: QueryOptions = {}): Buffer {
  const wire = labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  const pair = (value: number): number[] => [value >> 8, value & 0xff];
  const opt = edns === undefined ? [] : [0, 0, 41, ...pair(edns.size), 0, 0, edns.dnssecOk === true ? 0x80 : 0, 0, 0, 0];
  const header = [0, 7, ...pair(flags), 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1];
  return Buffer.from([header, wire, 0, pair(type), pair(1), opt].flat());
}

const overUdp = [
  query(['x y', 'org']),
  query(['a\'b$c@d;e(f)g"h\\i.j\u0000k\u00ffl\tm', 'org']),
  query(['WWW', 'Example']),
  query([], { type: 2 }),
  ...[0, 255, 64, 65, 32769, 65280].map((type) => query(['type'], { type })),
  ...[0, 0x0110, 0x0130, 0x0140].map((flags) => query(['flags'], { flags })),
  query(['edns'], { edns: { size: 100 } }),
  query(['edns'], { edns: { size: 4096, dnssecOk: true } }),
];
const overTcp = [query(['x y', 'org']), query(['edns'], { edns: { size: 1232 } })];

/** Asks everything, one after the other, since lines have no order among questions that overlap. */
async function askAll(port: number, isLogged: (count: number) => Promise<void>): Promise<void> {
  const socket = createSocket('udp4');
  for (const [index, each] of overUdp.entries()) {
    socket.send(each, port, '127.0.0.1');
    await isLogged(index + 1);
  }
  socket.close();
  for (const [index, each] of overTcp.entries()) {
    const stream = connect(port, '127.0.0.1');
    stream.write(Buffer.from([each.length >> 8, each.length & 0xff, ...each]));
    await isLogged(overUdp.length + index + 1);
    stream.destroy();
  }
}

const queryLines = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [, , said] = /^(\[INFO\] )?127\.0\.0\.1:\d+ (- \d+ ".*) [0-9.e-]+s$/.exec(line) ?? [];
    return said === undefined ? [] : [said];
  });

const skipped = unmet('query lines by CoreDNS and by us', corednsRequirement());

describe.skipIf(skipped)('the lines of log', () => {
  test('are those of CoreDNS, also for odd questions', async () => {
    using folder = temporaryFolder('log-differential');
    const file = join(folder.path, 'Corefile');
    const corefile = (port: number): string => `.:${port} {\nbind 127.0.0.1\nlog\nwhoami\n}\n`;
    const [theirPort, ourPort] = [await freePort(), await freePort()];
    writeFileSync(file, corefile(theirPort));
    await using theirs = startProcess(corednsProgram(), ['-conf', file]);
    await theirs.waitForOutput(/CoreDNS-/);
    let text = '';
    const logger = createPlainLogger({ format: (_level, message) => message, destination: { write: (line) => (text += line) } });
    const server = createCorefileServer({ file, text: corefile(ourPort), logger });
    await server.start(new AbortController().signal);
    await using _ours = { [Symbol.asyncDispose]: () => server.stop() };
    await askAll(theirPort, (count) => eventually(() => expect(queryLines(theirs.output())).toHaveLength(count)));
    await askAll(ourPort, (count) => eventually(() => expect(queryLines(text)).toHaveLength(count)));
    expect(queryLines(text)).toEqual(queryLines(theirs.output()));
  });
});
