import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiServer,
  apiServerRequirement,
  type EtcdServer,
  etcdRequirement,
  eventually,
  startEtcd,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServerWithCrds, startClusterWorld } from '../world/cluster-world.ts';
import { type FailureRow, failureRows, putRows, rowsByFlags } from '../world/failure-rows.ts';
import { startFolderWorld } from '../world/folder-world.ts';
import { startSeamark } from '../world/seamark-process.ts';

describe('seamark plan says what is wrong', () => {
  it.each(failureRows)('$id: $title', async (row) => {
    using folder = temporaryFolder('plan');
    for (const [index, object] of row.objects.entries()) writeFileSync(join(folder.path, `${index}.yaml`), JSON.stringify(object));
    const plan = startSeamark(['plan', '-f', folder.path, '-o', 'json', ...row.flags]);
    expect(await plan.exited, plan.output()).toBe(0);
    const { decisions } = JSON.parse(plan.output()) as {
      decisions: { message: string; remedy?: string; object: { kind: string; name: string } }[];
    };
    const about = decisions.filter(({ object }) => object.kind === row.on.kind && object.name === row.on.metadata.name);
    expectSaid(
      row,
      about.map(({ message, remedy }) => `${message}; ${remedy ?? ''}`),
    );
  });
});

describe('the log says what is wrong', () => {
  it.each([...rowsByFlags()])('with flags "%s"', async (_flags, rows) => {
    await using world = await startFolderWorld(rows[0]?.flags);
    mkdirSync(world.folder, { recursive: true });
    await putRows(world, rows);
    await eventually(() => {
      const lines = world
        .process()
        .output()
        .split('\n')
        .flatMap((line) => {
          try {
            return [(JSON.parse(line) as { msg?: string }).msg ?? ''];
          } catch {
            return [];
          }
        });
      for (const row of rows) expectSaid(row, lines);
    });
  });
});

describe.skipIf(unmet('Events of failures', apiServerRequirement(), etcdRequirement()))(
  'the Event on the object says what is wrong',
  () => {
    let apiServer: ApiServer;
    let etcd: EtcdServer;
    beforeAll(async () => {
      [apiServer, etcd] = await Promise.all([startApiServerWithCrds(), startEtcd()]);
    });
    afterAll(async () => {
      await apiServer[Symbol.asyncDispose]();
      await etcd[Symbol.asyncDispose]();
    });

    it.each([...rowsByFlags()])('with flags "%s"', async (_flags, rows) => {
      await using world = await startClusterWorld({ apiServer, etcd, args: rows[0]?.flags ?? [] });
      await putRows(world, rows);
      try {
        for (const row of rows) {
          await eventually(
            async () => {
              const events = (await world.events(row.on)) ?? [];
              expectSaid(
                row,
                events.filter((event) => event.type === 'Warning').map((event) => event.message),
              );
            },
            { timeoutMs: 20_000 },
          );
        }
      } finally {
        for (const object of new Set(rows.flatMap((row) => row.objects))) await world.remove(object);
      }
    });
  },
);

/** One of the sentences must hold everything that the row asks for. */
function expectSaid(row: FailureRow, sentences: readonly string[]): void {
  const said = sentences.some((sentence) => row.says.every((part) => part.test(sentence)));
  expect(said, `${row.id}: none of these says it:\n${sentences.join('\n')}`).toBe(true);
}
