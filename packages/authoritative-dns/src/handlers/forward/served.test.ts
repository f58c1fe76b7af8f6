import { expect, test } from 'vitest';

import { startCorefileServer } from '../../testing/corefile-server.ts';
import { formatRecord } from '../../wire/record-text.ts';
import { addressTo, startUpstream, truncatedTo } from './testing/upstream.ts';

test('a server forwards what its own zone does not have, rewritten, and keeps the answers', async () => {
  await using upstream = await startUpstream((asked) => asked.send(asked.via === 'udp' ? truncatedTo(asked) : addressTo(asked)));
  const corefile = `
    .:0 {
      bind 127.0.0.1
      rewrite name suffix .lan .example.net answer auto
      cache 30
      prometheus 127.0.0.1:0
      file own.db example.org
      forward . 127.0.0.1:${upstream.port} {
        except example.org
      }
    }`;
  const zone = '@ 300 SOA ns1 host 1 3600 600 86400 5\n@ 300 NS ns1\nns1 300 A 192.0.2.1\nwww 300 CNAME www.lan.\n';
  await using served = await startCorefileServer(corefile, { 'own.db': zone });
  const ask = async (question: string): Promise<string[]> => {
    const message = await served.client.ask(question);
    return message.answers.map((record) => formatRecord(record));
  };
  expect(await ask('ns1.example.org A')).toEqual(['ns1.example.org. 300 IN A 192.0.2.1']);
  expect(await ask('Web.lan A')).toEqual(['Web.lan. 30 IN A 192.0.2.1']);
  expect(await ask('web.LAN A')).toEqual([expect.stringMatching(/^web\.LAN\. (30|29|28) IN A 192\.0\.2\.1$/)]);
  expect(upstream.asked.map(({ via, packet }) => `${via} ${packet.questions?.[0]?.name}`)).toEqual([
    'udp web.example.net',
    'tcp web.example.net',
  ]);
  expect((await ask('www.example.org A')).length).toBeGreaterThan(0);
  expect(await ask('missing.example.org A')).toEqual([]);
});
