import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { inBothWorlds } from '../world/both-worlds.ts';
import { expectExactState, expectNothingMoved } from '../world/exact-state.ts';
import { startFolderWorld } from '../world/folder-world.ts';
import { expectLogged } from '../world/log-lines.ts';
import { pool, service, type TestObject } from '../world/objects.ts';
import { ask, expectAddresses, expectAnswer, expectNoName, type World } from '../world/world.ts';

const hostname = 'external-dns.kubernetes.io/hostname';
const zone = ['--dns-zone', 'example.org'];

describe('a YAML error in one of fifty files', () => {
  it('is said with file and line, takes nothing else down, and is over when it is corrected', async () => {
    await using world = await startFolderWorld(zone);
    const files = Array.from({ length: 50 }, (_, index) => ({
      path: join(world.folder, `team-${index % 5}`, `s${index}.yaml`),
      name: `yaml/s${index}`,
      hostname: `s${index}.example.org`,
    }));
    const bad = files[17] as (typeof files)[number];
    const good = files.filter((file) => file !== bad);
    const broken = yamlOf(bad).replace('  namespace:', '   namespace:');
    for (const { path } of files) mkdirSync(join(path, '..'), { recursive: true });
    await world.put(pool('lan', ['192.0.2.0/24']));
    for (const file of files) writeFileSync(file.path, file === bad ? broken : yamlOf(file));

    const said = /team-2\/s17\.yaml:5: .*the other documents keep working/;
    await expectLogged(world.process(), said);
    const first = await expectExactState(world, { services: good, gone: [bad.hostname] });

    // A start that meets the error is no different from a process that sees it come.
    await world.restart('SIGTERM');
    await expectLogged(world.process(), said);
    expectNothingMoved(first, await expectExactState(world, { services: good, gone: [bad.hostname] }));

    writeFileSync(bad.path, yamlOf(bad));
    const corrected = await expectExactState(world, { services: files });
    expectNothingMoved(first, corrected);

    // A good file that breaks: its Service stays as it was.
    writeFileSync(bad.path, broken);
    await expectLogged(world.process(), /s17\.yaml:5: .*Service yaml\/s17 stays as it was/);
    expectNothingMoved(corrected, await expectExactState(world, { services: files }));
  });
});

inBothWorlds('a Service with a request that cannot be met', (start) => {
  it('for an address outside every pool waits, says why, and hinders nobody', async () => {
    await using world = await start({ args: zone });
    const outside = service('bad/outside', { [hostname]: 'outside.example.org' }, { loadBalancerIP: '203.0.113.9' });
    const fine = { name: 'bad/fine', hostname: 'fine.example.org' };
    await world.put(pool('lan', ['192.0.2.0/30']), outside);
    await expectSaid(world, outside, /\["203\.0\.113\.9"\] is not allowed in config: no pool contains it \(pools: lan\)/);
    await world.put(service(fine.name, { [hostname]: fine.hostname }));
    const before = await expectExactState(world, { services: [fine], gone: ['outside.example.org'] });
    // Met as soon as a pool has the address.
    await world.put(pool('more', ['203.0.113.8/30'], { autoAssign: false }));
    const after = await expectExactState(world, { services: [fine, { name: 'bad/outside', hostname: 'outside.example.org' }] });
    expectNothingMoved(before, after);
    expect(after.get('bad/outside')).toBe('203.0.113.9');
  });

  it('for an address that another has waits, says who, and gets it when that one goes', async () => {
    await using world = await start({ args: zone });
    const holder = service('bad/holder', { [hostname]: 'holder.example.org' }, { loadBalancerIP: '192.0.2.7' });
    const rival = service('bad/rival', { [hostname]: 'rival.example.org', 'metallb.io/loadBalancerIPs': '192.0.2.7' });
    await world.put(pool('lan', ['192.0.2.0/24']), holder);
    await expectAnswer(world, 'holder.example.org', 'A', ['192.0.2.7']);
    await world.put(rival);
    await expectSaid(world, rival, /192\.0\.2\.7, which it asks for, is in use by Service bad\/holder/);
    await world.restart('SIGTERM');
    await expectSaid(world, rival, /192\.0\.2\.7, which it asks for, is in use by Service bad\/holder/);
    await expectExactState(world, { services: [{ name: 'bad/holder', hostname: 'holder.example.org' }], gone: ['rival.example.org'] });
    await world.remove(holder);
    await expectAnswer(world, 'rival.example.org', 'A', ['192.0.2.7']);
    await expectNoName(world, 'holder.example.org');
  });

  it('for one address, of two that come at the same time, leaves it to exactly one', async () => {
    await using world = await start({ args: zone });
    await world.put(pool('lan', ['192.0.2.0/24']));
    const pair = ['one', 'two'].map((name) =>
      service(`bad/${name}`, { [hostname]: `${name}.example.org` }, { loadBalancerIP: '192.0.2.9' }),
    );
    await Promise.all(pair.map((object) => world.put(object)));
    const winner = await eventually(async () => {
      const codes = await Promise.all(['one', 'two'].map(async (name) => ({ name, code: (await ask(world, `${name}.example.org`)).code })));
      expect(codes.map(({ code }) => code).sort()).toEqual(['NOERROR', 'NXDOMAIN']);
      return codes.find(({ code }) => code === 'NOERROR')?.name as string;
    });
    const loser = pair.find(({ metadata }) => metadata.name !== winner) as TestObject;
    await expectSaid(world, loser, new RegExp(`192\\.0\\.2\\.9, which it asks for, is in use by Service bad/${winner}`));
    await expectExactState(world, {
      services: [{ name: `bad/${winner}`, hostname: `${winner}.example.org` }],
      gone: [`${loser.metadata.name}.example.org`],
    });
    await expectAddresses(world, `bad/${winner}`, (addresses) => expect(addresses).toEqual(['192.0.2.9']));
  });
});

/** The log says it of the object, and in a cluster an Event does too. */
async function expectSaid(world: World, object: TestObject, pattern: RegExp): Promise<void> {
  const { msg } = await expectLogged(world.process(), pattern);
  expect(msg).toContain(`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`);
  await eventually(
    async () => {
      const events = await world.events(object);
      if (events !== undefined) expect(events.map(({ message }) => message)).toContainEqual(expect.stringMatching(pattern));
    },
    { timeoutMs: 20_000 },
  );
}

function yamlOf(file: { readonly name: string; readonly hostname: string }): string {
  const [namespace, name] = file.name.split('/');
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
  annotations:
    ${hostname}: ${file.hostname}
spec:
  type: LoadBalancer
  ports:
    - port: 80
`;
}
