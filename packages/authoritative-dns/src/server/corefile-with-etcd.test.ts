import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { type EtcdServer, etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { startCorefileServer } from '../testing/corefile-server.ts';
import { writeContent } from '../testing/server.ts';
import { formatRecord } from '../wire/record-text.ts';
import { dumpZone } from './dump-zone.ts';
import { loadCorefile } from './load-corefile.ts';

/** Starts an etcd with one name of example.org in it. */
async function startFilledEtcd(): Promise<EtcdServer> {
  const etcd = await startEtcd();
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  await writeContent(store, { 'org/example/www': { host: '192.0.2.10' } });
  await store.close();
  return etcd;
}

describe.skipIf(unmet('Corefiles with etcd', etcdRequirement()))('a Corefile with etcd', () => {
  it('is reloaded without losing a question or giving a wrong answer: the new version answers once it has read everything', async () => {
    await using etcd = await startFilledEtcd();
    const corefile = (extra: string): string => `
.:0 {
    bind 127.0.0.1
    etcd example.org {
        endpoint ${etcd.endpoint}
    }
    forward . 127.0.0.1:1
    ${extra}
}`;
    await using test = await startCorefileServer(corefile('errors'));
    await expect.poll(() => test.server.notReady()).toEqual([]);
    const seen = new Set<string>();
    const done = new AbortController();
    const asking = (async () => {
      while (!done.signal.aborted) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => test.client.ask('www.example.org A')));
        for (const { responseCode, answers: records } of answers)
          seen.add(`${responseCode} ${records.map((record) => formatRecord(record)).join()}`);
      }
    })();
    for (const extra of ['loadbalance', 'errors', 'minimal']) {
      await test.write('Corefile', corefile(extra));
      expect(await test.server.reload()).toBe(true);
    }
    done.abort();
    await asking;
    expect(test.client.unanswered).toBe(0);
    expect([...seen]).toEqual([expect.stringMatching(/^0 www\.example\.org\. \d+ IN A 192\.0\.2\.10$/)]);
  });

  it('a zone of etcd is dumped as a zone file', async () => {
    await using etcd = await startFilledEtcd();
    const result = loadCorefile(`. {\netcd example.org {\nendpoint ${etcd.endpoint}\n}\n}`, { file: 'Corefile' });
    if (!result.ok) throw result.problems[0] as Error;
    const lines = (await dumpZone(result.version, 'Example.ORG')).split('\n');
    expect(lines[0]).toBe('$ORIGIN example.org.');
    expect(lines[1]).toMatch(/^example\.org\.\t\d+\tIN\tSOA\t/);
    expect(lines).toContainEqual(expect.stringMatching(/^www\.example\.org\.\t\d+\tIN\tA\t192\.0\.2\.10$/));
    await expect(dumpZone(result.version, 'example.net')).rejects.toMatchObject({ code: 'SM_CONFIG_INVALID' });
  });
});
