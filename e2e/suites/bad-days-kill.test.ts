import { expect, it } from 'vitest';
import { inBothWorlds } from '../world/both-worlds.ts';
import { expectExactState, expectNothingMoved } from '../world/exact-state.ts';
import { expectLogged } from '../world/log-lines.ts';
import { pool } from '../world/objects.ts';
import { createServiceChurn } from '../world/service-churn.ts';
import type { World } from '../world/world.ts';

// Without leader election the new process writes at once; how long a dead leader's lease lasts is tested elsewhere.
const args = ['--dns-zone', 'example.org', '--leader-elect=false'];
const changes = 1_000;

inBothWorlds('kill -9 in the middle of a thousand changes', (start) => {
  it.each([1, 2])('moves no address and loses or orphans no record (round %i)', async () => {
    await using world = await start({ args });
    await world.put(pool('lan', ['198.18.0.0/20']));
    // Files are written in no time: without pauses all changes would have been made before the first was acted on.
    const churn = createServiceChurn({ namespace: 'kill', pauseMs: world.name === 'folder' ? 20 : 2 });
    // Twice, so that the second one also meets a process that is still catching up.
    const moments = [Math.random() * 0.45, 0.5 + Math.random() * 0.45].map((part) => Math.ceil(part * changes));
    const reached = moments.map((at) => ({ at, ...Promise.withResolvers<void>() }));
    const flow = churn.run(world, changes, { onChange: (done) => reached.forEach(({ at, resolve }) => done >= at && resolve()) });
    flow.catch(() => undefined);
    const reported = new Map<string, string>();
    for (const { promise } of reached) {
      await Promise.race([promise, flow]);
      await world.process().end('SIGKILL');
      await noteReported(world, reported, `killed at changes ${moments.join(' and ')}`);
      await world.restart('SIGKILL');
    }
    await flow;
    expect(reported.size).toBeGreaterThan(50);
    const after = await expectExactState(world, churn.wanted());
    expectNothingMoved(reported, after);

    await world.restart('SIGTERM');
    // What the store holds at a start that follows no change: an A and an owner record for each Service.
    await expectLogged(world.process(), new RegExp(`answering on .*: ${2 * after.size} records, 0 keys not served`));
    expectNothingMoved(after, await expectExactState(world, churn.wanted()));
  });
});

/** Adds what the dead process had said of addresses; a Service never has another than what was said of it before. */
async function noteReported(world: World, reported: Map<string, string>, when: string): Promise<void> {
  for (const [name, [address]] of await world.reportedAddresses()) {
    if (address === undefined) continue;
    expect(reported.get(name) ?? address, `${name}, ${when}`).toBe(address);
    reported.set(name, address);
  }
}
