import { type Cluster, serviceKind } from '@seamark/common/cluster';
import type { LeaderElection, Leadership } from '@seamark/common/controller';
import type { Service } from '@seamark/common/model';
import { eventually } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { createLbLab, poolObject, serviceObject, startLbLab } from '../testing/lb-lab.ts';

describe('a Service that waits', () => {
  it('says why on itself, and shows its address once it has one', async () => {
    await using lab = await startLbLab({ clock: fixedClock('2026-03-01T10:00:00.123Z') });
    await lab.apply(serviceObject('web'));
    expect((await lab.service('default/web')).condition).toEqual({
      type: 'seamark.dev/AddressAssigned',
      status: 'False',
      reason: 'NO_POOLS',
      message: 'Service default/web cannot get an address: there is no IPAddressPool',
      lastTransitionTime: '2026-03-01T10:00:00Z',
    });
    await lab.apply(poolObject('lan', ['192.0.2.10/32']));
    expect(await lab.service('default/web')).toMatchObject({
      ips: ['192.0.2.10'],
      pool: 'lan',
      condition: { status: 'True', reason: 'ADDRESS_ASSIGNED', message: 'Service default/web has 192.0.2.10 from pool lan' },
    });
    expect(lab.decisions('Service', 'web')).toMatchObject({ address: { code: 'ADDRESS_ASSIGNED' } });
  });

  it('leaves the conditions of others as they are', async () => {
    await using lab = await createLbLab();
    await lab.apply(serviceObject('web'));
    const other = {
      type: 'example.org/Checked',
      status: 'True' as const,
      reason: 'Fine',
      message: '',
      lastTransitionTime: '2026-03-01T10:00:00Z',
    };
    await lab.preset('web', { conditions: [other] });
    await lab.startController();
    await lab.apply(poolObject('lan', ['192.0.2.10/32']));
    const service = await lab.cluster.get(serviceKind, { namespace: 'default', name: 'web' });
    expect(service?.status?.conditions).toMatchObject([other, { type: 'seamark.dev/AddressAssigned', status: 'True' }]);
    await lab.apply({ ...serviceObject('web'), spec: { type: 'ClusterIP', ports: [{ port: 80 }] } } as Service);
    const after = await lab.cluster.get(serviceKind, { namespace: 'default', name: 'web' });
    expect(after?.status?.conditions).toEqual([other]);
  });

  it.each([
    { title: 'a deleted Service', free: (lab: Lab) => lab.delete('Service', 'default', 'holder') },
    {
      title: 'a Service that is no longer of type LoadBalancer',
      free: (lab: Lab) => lab.apply(serviceObject('holder', { type: 'ClusterIP' })),
    },
    {
      title: 'a Service that goes to another class',
      free: (lab: Lab) => lab.apply(serviceObject('holder', { loadBalancerClass: 'example.org/other' })),
    },
    {
      title: 'a Service that moves to another pool',
      free: (lab: Lab) => lab.apply(serviceObject('holder', {}, { 'metallb.io/address-pool': 'spare' })),
    },
  ])('gets the address of $title', async ({ free }) => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/32']), poolObject('spare', ['192.0.2.20/32'], { autoAssign: false }));
    await lab.apply(serviceObject('holder'), serviceObject('any'), serviceObject('exact', { loadBalancerIP: '192.0.2.10' }));
    expect(await lab.addresses('holder', 'any', 'exact')).toEqual({ holder: '192.0.2.10', any: '', exact: '' });
    expect(lab.decisions('Service', 'exact')['address']).toMatchObject({
      code: 'ADDRESS_TAKEN',
      params: { holder: 'Service default/holder' },
    });
    await free(lab);
    expect(await lab.addresses('any', 'exact')).toEqual({ any: '', exact: '192.0.2.10' });
    await lab.delete('Service', 'default', 'exact');
    expect(await lab.addresses('any')).toEqual({ any: '192.0.2.10' });
  });

  it('is served in the order of arrival', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/32']), serviceObject('holder'));
    await lab.apply(serviceObject('z'), serviceObject('y'), serviceObject('x'));
    for (const [gone, next] of [
      ['holder', 'z'],
      ['z', 'y'],
      ['y', 'x'],
    ] as const) {
      await lab.delete('Service', 'default', gone);
      expect(await lab.addresses(next)).toEqual({ [next]: '192.0.2.10' });
    }
  });

  it('gains its second family as soon as that is free', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('dual', ['192.0.2.0/30', '2001:db8::/128']));
    await lab.apply(
      serviceObject('first', { ipFamilyPolicy: 'RequireDualStack' }),
      serviceObject('second', { ipFamilyPolicy: 'PreferDualStack' }),
    );
    expect(await lab.addresses('first', 'second')).toEqual({ first: '192.0.2.0 2001:db8::', second: '192.0.2.1' });
    await lab.delete('Service', 'default', 'first');
    expect(await lab.addresses('second')).toEqual({ second: '192.0.2.1 2001:db8::' });
  });
});

describe('an address', () => {
  it('is never shown by two Services, even while it changes hands', async () => {
    await using lab = await createLbLab();
    // Some writes take longer than others, so that they overtake one another.
    const write = lab.cluster.patchStatus.bind<Cluster['patchStatus']>(lab.cluster);
    let writes = 0;
    const uneven: Cluster['patchStatus'] = async (kind, key, patch, options) => {
      writes += 1;
      await new Promise((resolve) => setTimeout(resolve, writes % 3));
      return write(kind, key, patch, options);
    };
    lab.cluster.patchStatus = uneven;
    await lab.startController();
    const shown = new Map<string, string>();
    const overlaps: string[] = [];
    const watching = lab.cluster.view(serviceKind, { fields: ['status.loadBalancer', 'spec.type'] }).subscribe((change) => {
      const { name } = change.object.metadata;
      const ip = change.type === 'deleted' ? undefined : change.object.status?.loadBalancer?.ingress?.[0]?.ip;
      for (const [other, address] of shown) if (other !== name && address === ip) overlaps.push(`${ip}: ${other} and ${name}`);
      if (ip === undefined) shown.delete(name);
      else shown.set(name, ip);
    });
    await lab.apply(poolObject('lan', ['192.0.2.0/30']));
    const names = Array.from({ length: 8 }, (_, n) => `s${n}`);
    await Promise.all(names.map((name) => lab.apply(serviceObject(name))));
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(
        names.map((name, n) =>
          lab.apply(serviceObject(name, (n + round) % 3 === 0 ? { loadBalancerIP: `192.0.2.${(n + round) % 4}` } : {})),
        ),
      );
    }
    expect(overlaps).toEqual([]);
    expect(shown.size).toBe(4);
    watching[Symbol.dispose]();
  });

  it('stays with a Service whose pool request cannot be met, and the status says so', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/32']), poolObject('dmz', ['192.0.2.20/32']));
    await lab.apply(serviceObject('other', {}, { 'metallb.io/address-pool': 'dmz' }), serviceObject('web'));
    await lab.apply(serviceObject('web', {}, { 'metallb.io/address-pool': 'dmz' }));
    expect(await lab.service('default/web')).toMatchObject({
      ips: ['192.0.2.10'],
      pool: 'lan',
      condition: { status: 'True', reason: 'ADDRESS_KEPT' },
    });
    expect(lab.decisions('Service', 'web')['address']?.message).toBe(
      'Service default/web keeps 192.0.2.10 from pool lan while its request cannot be met: no available IPs in pool dmz: pool dmz is full (1 of 1 addresses in use by Service default/other)',
    );
    await lab.delete('Service', 'default', 'other');
    expect(await lab.service('default/web')).toMatchObject({ ips: ['192.0.2.20'], pool: 'dmz', condition: { reason: 'ADDRESS_ASSIGNED' } });
  });

  it('comes back when a mistake in the request is undone before anything was written', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/31']), serviceObject('web'));
    await lab.apply(serviceObject('web', { loadBalancerIP: 'nonsense' }));
    expect(await lab.service('default/web')).toMatchObject({ ips: ['192.0.2.10'], condition: { reason: 'ADDRESS_KEPT' } });
    await lab.apply(serviceObject('web'));
    expect(await lab.service('default/web')).toMatchObject({ ips: ['192.0.2.10'], condition: { reason: 'ADDRESS_ASSIGNED' } });
    expect(lab.decisions('Service', 'web')).toMatchObject({ address: { code: 'ADDRESS_ASSIGNED' } });
  });

  it('is written again when somebody else changes the status', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/31']), serviceObject('web'));
    await lab.preset('web', { loadBalancer: { ingress: [{ ip: '203.0.113.99' }] } });
    await lab.settle();
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.10' });
  });

  it('is written to the newest version when somebody else writes at the same time', async () => {
    await using lab = await createLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/31']));
    let disturb = 3;
    const write = lab.cluster.patchStatus.bind<Cluster['patchStatus']>(lab.cluster);
    const interrupted: Cluster['patchStatus'] = async (kind, key, patch, options) => {
      if (patch.resourceVersion !== undefined && disturb > 0) {
        disturb -= 1;
        await write(kind, key, { status: {}, annotations: { disturbed: String(disturb) } });
      }
      return write(kind, key, patch, options);
    };
    lab.cluster.patchStatus = interrupted;
    await lab.startController();
    await lab.apply(serviceObject('web'));
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.10' });
    expect(disturb).toBe(0);
    expect(await lab.metric('seamark_lb_status_write_errors_total')).toBe(0);
  });
});

describe('restarts', () => {
  it('move nothing, five times, with waiters present and the clock stepped', async () => {
    let wallMs = Date.parse('2026-03-01T10:00:00Z');
    await using lab = await startLbLab({ clock: { ...fixedClock(''), wallMs: () => wallMs } });
    await lab.apply(poolObject('lan', ['192.0.2.0/30']));
    const names = ['e', 'd', 'c', 'b', 'a', 'waits', 'wants'];
    for (const name of names) await lab.apply(serviceObject(name, name === 'wants' ? { loadBalancerIP: '192.0.2.2' } : {}));
    await lab.delete('Service', 'default', 'd');
    const before = await lab.addresses(...names);
    expect(before).toMatchObject({ e: '192.0.2.0', a: '192.0.2.1', waits: '', wants: '' });
    for (let restart = 0; restart < 5; restart += 1) {
      wallMs += restart % 2 === 0 ? 3_600_000 : -7_200_000;
      await lab.startController();
      expect(await lab.addresses(...names)).toEqual(before);
      expect(await lab.metric('seamark_lb_status_writes_total')).toBe(0);
      expect(lab.decisions('Service', 'e')['address']).toMatchObject({ code: 'ADDRESS_ASSIGNED', unchanged: true });
      expect(lab.decisions('Service', 'wants')['address']).toMatchObject({ code: 'ADDRESS_TAKEN', unchanged: true });
    }
  });

  it('take statuses over before the first allocation, whatever the order of names', async () => {
    await using lab = await createLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/31']), serviceObject('a'), serviceObject('b'), serviceObject('z'));
    await lab.preset('z', { loadBalancer: { ingress: [{ ip: '192.0.2.0' }] } });
    await lab.startController();
    expect(await lab.addresses('a', 'b', 'z')).toEqual({ a: '192.0.2.1', b: '', z: '192.0.2.0' });
  });

  it('leave an address that two statuses show with the older Service', async () => {
    let wallMs = Date.parse('2026-03-01T10:00:00Z');
    await using lab = await createLbLab({ clock: { ...fixedClock(''), wallMs: () => wallMs } });
    await lab.apply(poolObject('lan', ['192.0.2.0/30']), serviceObject('z'));
    wallMs += 1000;
    await lab.apply(serviceObject('a'));
    for (const name of ['a', 'z']) await lab.preset(name, { loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } });
    await lab.startController();
    expect(await lab.addresses('a', 'z')).toEqual({ a: '192.0.2.0', z: '192.0.2.2' });
  });

  it('in the middle of a batch move and double nothing', async () => {
    await using lab = await startLbLab({ concurrency: 4 });
    await lab.apply(poolObject('lan', ['10.0.0.0/23']));
    const names = Array.from({ length: 300 }, (_, n) => `s${n}`);
    const creating = (async () => {
      for (const name of names) await lab.cluster.create(serviceKind, serviceObject(name));
    })();
    const seen = new Map<string, string>();
    for (let restart = 0; restart < 3; restart += 1) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      await lab.startController();
      for (const [name, ip] of Object.entries(await lab.addresses(...names))) {
        if (seen.has(name)) expect(ip).toBe(seen.get(name));
        else if (ip !== '') seen.set(name, ip);
      }
    }
    await creating;
    await lab.settle();
    const final = await lab.addresses(...names);
    for (const [name, ip] of seen) expect(final[name]).toBe(ip);
    expect(new Set(Object.values(final)).size).toBe(300);
    expect(Object.values(final)).not.toContain('');
  });
});

describe('leadership', () => {
  it('is needed for every write, and a new term starts from what the statuses show', async () => {
    const terms: { readonly end: () => void }[] = [];
    const leaderElection = {
      isLeader: false,
      async run(lead: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
          const term = new AbortController();
          const ended = new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve()));
          const pause = Promise.withResolvers<void>();
          terms.push({ end: () => (term.signal.aborted ? pause.resolve() : term.abort()) });
          signal.addEventListener('abort', () => (term.abort(), pause.resolve()));
          const work = lead({ token: terms.length, signal: term.signal });
          await ended;
          await work;
          await pause.promise;
        }
      },
    };
    await using lab = await createLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/30']));
    await lab.startController({ leaderElection });
    await lab.apply(serviceObject('web'));
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' });
    terms[0]?.end();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await lab.apply(serviceObject('late'));
    expect(await lab.addresses('late')).toEqual({ late: '' });
    await lab.preset('web', { loadBalancer: { ingress: [{ ip: '192.0.2.3' }] } }); // the other leader moved it
    terms[0]?.end();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await lab.settle();
    expect(await lab.addresses('web', 'late')).toEqual({ web: '192.0.2.3', late: '192.0.2.0' });
  });
});

describe('a term of leadership', () => {
  /** A lab whose views of a kind catch up when the test says so; each call is in `waits`. */
  const createLaggingLab = async (plural: string) => {
    const lab = await createLbLab();
    const waits: PromiseWithResolvers<void>[] = [];
    const open = lab.cluster.view.bind<Cluster['view']>(lab.cluster);
    const views: Cluster['view'] = (kind, scope) => {
      const view = open(kind, scope);
      if (kind.plural !== plural) return view;
      const caughtUp = (signal: AbortSignal): Promise<void> => {
        const wait = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => wait.reject(signal.reason));
        waits.push(wait);
        return wait.promise;
      };
      return Object.create(view, { caughtUp: { value: caughtUp } }) as typeof view;
    };
    lab.cluster.view = views;
    return { lab, waits };
  };

  it.each(['services', 'ipaddresspools'])('gives out nothing before the view of %s has caught up', async (plural) => {
    const { lab, waits } = await createLaggingLab(plural);
    await using _ended = lab;
    await lab.apply(poolObject('lan', ['192.0.2.0/30']), serviceObject('web'));
    const started = lab.startController();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(waits).toHaveLength(1);
    expect(await lab.service('default/web')).toEqual({ ips: [], pool: undefined, condition: undefined });
    waits[0]?.resolve();
    await started;
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' });
  });

  it('that ends before the views have caught up gives out nothing, and the next one waits anew', async () => {
    const { lab, waits } = await createLaggingLab('services');
    await using _ended = lab;
    await lab.apply(poolObject('lan', ['192.0.2.0/30']), serviceObject('web'));
    const first = new AbortController();
    const firstEnded = Promise.withResolvers<void>();
    const leaderElection: LeaderElection = {
      isLeader: true,
      async run(lead, signal) {
        await lead({ token: 1, signal: first.signal });
        firstEnded.resolve();
        await lead({ token: 2, signal });
      },
    };
    const started = lab.startController({ leaderElection });
    await eventually(() => expect(waits).toHaveLength(1));
    first.abort();
    await firstEnded.promise;
    await eventually(() => expect(waits).toHaveLength(2));
    expect(await lab.addresses('web')).toEqual({ web: '' });
    waits[1]?.resolve();
    await started;
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' });
  });
});

describe('reports', () => {
  it('name deprecated and unfollowed annotations for as long as they are there', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/30']));
    await lab.apply(serviceObject('web', {}, { 'metallb.universe.tf/allow-shared-ip': 'key' }));
    expect(lab.decisions('Service', 'web')).toMatchObject({
      'annotation:metallb.universe.tf/allow-shared-ip': { code: 'DEPRECATED_ANNOTATION' },
      'annotation:metallb.io/allow-shared-ip': { code: 'FIELD_NOT_ACTED_ON' },
      address: { code: 'ADDRESS_ASSIGNED' },
    });
    await lab.apply(serviceObject('web'));
    expect(Object.keys(lab.decisions('Service', 'web'))).toEqual(['address']);
    await lab.delete('Service', 'default', 'web');
    expect(lab.decisions('Service', 'web')).toEqual({});
  });

  it('tell once what a Service gave back', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/30']), serviceObject('web'));
    const told: string[] = [];
    lab.reasons.subscribe((change) => change.type === 'made' && told.push(change.decision.message));
    await lab.apply(serviceObject('web', { type: 'ClusterIP' }));
    expect(told).toEqual(['Service default/web gave back 192.0.2.0: it is no longer of type LoadBalancer']);
    expect(await lab.service('default/web')).toEqual({ ips: [], pool: undefined, condition: undefined });
    expect(lab.decisions('Service', 'web')).toEqual({});
  });

  it('count decisions and waiters', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.10/32']), serviceObject('a'), serviceObject('b'));
    expect(await lab.metric('seamark_lb_allocations_total', { reason: 'ADDRESS_ASSIGNED' })).toBe(1);
    expect(await lab.metric('seamark_lb_allocations_total', { reason: 'NO_FREE_ADDRESS' })).toBe(1);
    expect(await lab.metric('seamark_lb_services_waiting')).toBe(1);
    expect(await lab.metric('metallb_allocator_addresses_in_use_total', { pool: 'lan' })).toBe(1);
  });

  it('leave Services of other classes completely alone', async () => {
    await using lab = await createLbLab();
    await lab.apply(
      poolObject('lan', ['192.0.2.0/30']),
      serviceObject('foreign', { loadBalancerClass: 'example.org/other' }, { 'metallb.universe.tf/address-pool': 'x' }),
    );
    await lab.preset('foreign', { loadBalancer: { ingress: [{ ip: '192.0.2.0' }] } });
    const before = await lab.cluster.get(serviceKind, { namespace: 'default', name: 'foreign' });
    await lab.startController();
    await lab.apply(poolObject('more', ['192.0.3.0/30']));
    expect(await lab.cluster.get(serviceKind, { namespace: 'default', name: 'foreign' })).toEqual(before);
    expect(lab.decisions('Service', 'foreign')).toEqual({});
  });
});

type Lab = Awaited<ReturnType<typeof startLbLab>>;

/** The machine's clock, whose wall shows one time. */
function fixedClock(time: string): {
  monotonicMs: () => number;
  wallMs: () => number;
  schedule: (delayMs: number, callback: () => void) => Disposable;
} {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.parse(time),
    schedule(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}
