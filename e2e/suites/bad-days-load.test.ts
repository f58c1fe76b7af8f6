import { eventually } from '@seamark/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inBothWorlds, inClusters } from '../world/both-worlds.ts';
import { askDns } from '../world/dns-question.ts';
import { expectExactState, expectNothingMoved } from '../world/exact-state.ts';
import { expectLogged, logLines } from '../world/log-lines.ts';
import { pool, service } from '../world/objects.ts';
import { createServiceChurn } from '../world/service-churn.ts';

const args = ['--dns-zone', 'example.org'];
const hostname = 'external-dns.kubernetes.io/hostname';
const lan = pool('lan', ['198.18.0.0/20']);
const leading = /leading: lease .*seamark-(lb-controller|dns-sync) is ours/;

inBothWorlds('SIGTERM under load', (start) => {
  it('ends with 0 after nothing but true answers, and the next start is exact', async () => {
    await using world = await start({ args });
    await world.put(lan);
    const steady = createServiceChurn({ namespace: 'steady' });
    await steady.run(world, 40);
    const known = await expectExactState(world, steady.wanted());
    const answers = new Map(steady.wanted().services.map(({ name, hostname: asked }) => [asked, known.get(name) as string]));

    const churn = createServiceChurn({ namespace: 'load', pauseMs: 15 });
    const under = Promise.withResolvers<void>();
    const flow = churn.run(world, 1_200, { onChange: (done) => done > 300 && under.resolve() });
    flow.catch(() => under.resolve());
    await using questions = askAllTheTime(world.dnsPort, answers);
    await Promise.race([under.promise, flow]);
    const code = await world.process().end('SIGTERM', 10_000);
    const reported = await world.reportedAddresses();
    const { wrong, right } = await questions.take();
    expect(code, world.process().output().slice(-4_000)).toBe(0);
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(20);

    await world.restart('SIGTERM');
    await flow;
    const { services, gone = [] } = churn.wanted();
    const after = await expectExactState(world, {
      services: [...services, ...steady.wanted().services],
      gone: [...gone, ...(steady.wanted().gone ?? [])],
    });
    expectNothingMoved(reported, after);
    expectNothingMoved(known, after);
    // A start has no answers yet; it says so, or nothing, and never that a name does not exist.
    let answered = 0;
    await eventually(async () => {
      const started = await questions.take();
      expect(started.wrong.filter((line) => !line.endsWith('SERVFAIL'))).toEqual([]);
      answered += started.right;
      expect(answered).toBeGreaterThan(20);
    });
  });
});

inClusters('two replicas of one cluster', (start) => {
  it('have one writer; when that is killed the other takes over, and no address moves or is given twice', async () => {
    await using leader = await start({ args });
    await expectLogged(leader.process(), /leading: lease .*seamark-lb-controller is ours/);
    await expectLogged(leader.process(), /leading: lease .*seamark-dns-sync is ours/);
    await using standby = await start({ args });
    await leader.put(lan);
    const churn = createServiceChurn({ namespace: 'pair' });
    await churn.run(leader, 150);
    const before = await expectExactState(leader, churn.wanted());
    // Both answer, one writes.
    await expectExactState(standby, churn.wanted());
    expect(logLines(standby.process()).filter(({ msg }) => leading.test(msg))).toEqual([]);

    const killed = Promise.withResolvers<void>();
    const flow = churn.run(leader, 300, { onChange: (done) => done > 150 && killed.resolve() });
    flow.catch(() => killed.resolve());
    await Promise.race([killed.promise, flow]);
    await leader.process().end('SIGKILL');
    const reported = await leader.reportedAddresses();
    await flow;
    const waiting = { name: 'pair/waiting', hostname: 'waiting.example.org' };
    await leader.put(service(waiting.name, { [hostname]: waiting.hostname }));
    const { services, gone = [] } = churn.wanted();
    const wanted = { services: [...services, waiting], gone };
    const after = await expectExactState(standby, wanted);
    expectNothingMoved(before, after);
    expectNothingMoved(reported, after);
    expect(logLines(standby.process()).filter(({ msg }) => leading.test(msg))).toHaveLength(2);

    // The one that comes back is the standby now.
    await leader.restart('SIGKILL');
    expectNothingMoved(after, await expectExactState(leader, wanted));
    expect(logLines(leader.process()).filter(({ msg }) => leading.test(msg))).toEqual([]);
    // A graceful end hands over without waiting for the lease to run out.
    expect(await standby.process().end('SIGTERM', 10_000)).toBe(0);
    await expectLogged(leader.process(), /leading: lease .*seamark-lb-controller is ours/);
    await expectLogged(leader.process(), /leading: lease .*seamark-dns-sync is ours/);
    expectNothingMoved(after, await expectExactState(leader, wanted));
  });
});

/** Questions that are asked over and over, and how they were answered since the last look. */
interface Questions extends AsyncDisposable {
  /** How many answers were as they must be, and every one that was not; forgets both. */
  take(): Promise<{ readonly right: number; readonly wrong: readonly string[] }>;
}

/** Asks for the names in turn until disposed. No answer at all is neither right nor wrong. */
function askAllTheTime(port: number, answers: ReadonlyMap<string, string>): Questions {
  let wrong: string[] = [];
  let right = 0;
  const end = new AbortController();
  const ask = async (): Promise<void> => {
    for (;;) {
      for (const [name, address] of answers) {
        if (end.signal.aborted) return;
        const reply = await askDns(port, name).catch(() => undefined);
        if (reply !== undefined && reply.code === 'NOERROR' && reply.data.join() === address) right += 1;
        else if (reply !== undefined) wrong.push(`${name}: ${reply.data.join()} ${reply.code}`);
        await pause(2);
      }
    }
  };
  const asking = Promise.all([ask(), ask()]);
  return {
    async take() {
      const taken = { right, wrong };
      right = 0;
      wrong = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await asking;
    },
  };
}
