import { eventually } from '@seamark/testkit';
import { expect, it } from 'vitest';

import { loadCorefile } from '../../server/load-corefile.ts';
import { startCorefileServer } from '../../testing/corefile-server.ts';
import { queryFor } from '../../testing/pipeline.ts';
import { StreamClient } from '../../testing/stream-client.ts';

const corefile = (lines: string): string => `.:0 {\nbind 127.0.0.1\n${lines}\nwhoami\n}\n`;

it.each(['max 2', 'max_per_client 2'])('with %s a third connection takes the place of the longest idle one', async (line) => {
  await using test = await startCorefileServer(corefile(`connections {\n${line}\n}`));
  const port = test.server.addresses().tcp[0]?.port ?? 0;
  using first = await StreamClient.open(port);
  using second = await StreamClient.open(port);
  using third = await StreamClient.open(port);
  await first.closedByServer();
  for (const client of [second, third]) {
    client.send(queryFor('www.example.org A'));
    expect(await client.received(1)).toHaveLength(1);
  }
});

it('takes changed limits with the Corefile, and keeps the connections that there are', async () => {
  await using test = await startCorefileServer(corefile('connections {\nmax 1\n}'));
  const port = test.server.addresses().tcp[0]?.port ?? 0;
  using first = await StreamClient.open(port);
  await test.write('Corefile', corefile('connections {\nmax 2\n}'));
  expect(await test.server.reload()).toBe(true);
  using second = await StreamClient.open(port);
  for (const client of [first, second]) {
    client.send(queryFor('www.example.org A'));
    await eventually(() => expect(client.answers).toHaveLength(1));
  }
});

it.each([
  ['connections', 'connections needs at least one of max, max_per_client in its braces'],
  ['connections {\nmax 0\n}', '"0" is not a number of connections: it must be a whole number from 1 to 1000000'],
  ['connections {\nmaximum 5\n}', '"maximum" is not an option of connections; it has max, max_per_client'],
])('%j is a mistake', (lines, message) => {
  const result = loadCorefile(`.:0 {\n${lines}\nwhoami\n}\n`, { file: '/nowhere/Corefile' });
  expect(result.ok ? [] : result.problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
});
