import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, startProcess } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../controller/index.ts';
import { isSeamarkError, SeamarkError } from '../../errors/index.ts';
import type { Service } from '../../model/index.ts';
import { leaseKind, serviceKind } from '../kind.ts';
import type { ManifestsCluster } from './index.ts';
import { createMemoryState, openStateFile, type StateFile } from './state-file.ts';
import { type ManifestFolder, manifestFolder, serviceText } from './testing/manifest-folder.ts';

let folder: ManifestFolder;
let state: string;
beforeEach(() => {
  folder = manifestFolder();
  state = join(folder.besides, 'state.log');
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const status = (ip: string) => ({ status: { loadBalancer: { ingress: [{ ip }] } } });
const ipOf = (service: Service | undefined): string | undefined => service?.status?.loadBalancer?.ingress?.[0]?.ip;
const key = (name: string) => ({ namespace: 'default', name });

/** Starts a cluster on the state file, and waits for its Services. */
const start = async (
  options: Parameters<ManifestFolder['cluster']>[0] = {},
): Promise<{ cluster: ManifestsCluster; stop: () => Promise<void> }> => {
  const cluster = folder.cluster({ state, ...options });
  const view = cluster.view(serviceKind);
  const { stop } = await folder.start(cluster);
  await view.synced;
  return { cluster, stop };
};

describe('what is kept beside the files', () => {
  test('objects that are there at the start are of one age, however long reading takes', async () => {
    for (const name of ['a', 'b', 'c']) folder.write(`${name}.yaml`, serviceText(name));
    let wallMs = Date.UTC(2026, 0, 1);
    const { cluster } = await start({ clock: { ...systemClock, wallMs: () => (wallMs += 1000) } });
    const ages = ['a', 'b', 'c'].map(async (name) => (await cluster.get(serviceKind, key(name)))?.metadata.creationTimestamp);
    expect(new Set(await Promise.all(ages)).size).toBe(1);
    folder.write('d.yaml', serviceText('d'));
    await eventually(async () => {
      const later = await cluster.get(serviceKind, key('d'));
      expect(String(later?.metadata.creationTimestamp) > String(await ages[0])).toBe(true);
    });
  });

  test('status, annotations, uid, clusterIP, generation and creation time survive a restart; no file is touched', async () => {
    folder.write('b.yaml', serviceText('b'));
    const first = await start();
    await first.cluster.patchStatus(serviceKind, key('b'), { ...status('192.0.2.1'), annotations: { pool: 'lan' } });
    folder.write('b.yaml', serviceText('b', { spec: 'sessionAffinity: None' }));
    await eventually(async () => expect((await first.cluster.get(serviceKind, key('b')))?.metadata.generation).toBe(2));
    const before = await first.cluster.get(serviceKind, key('b'));
    await first.stop();
    expect(readFileSync(join(folder.path, 'b.yaml'), 'utf8')).toBe(serviceText('b', { spec: 'sessionAffinity: None' }));
    expect(readdirSync(folder.path)).toEqual(['b.yaml']);

    // One that comes earlier in the order of files does not take its address.
    folder.write('a.yaml', serviceText('a'));
    const second = await start();
    const after = await second.cluster.get(serviceKind, key('b'));
    expect({ ...after, metadata: { ...after?.metadata, resourceVersion: '' } }).toEqual({
      ...before,
      metadata: { ...before?.metadata, resourceVersion: '' },
    });
    expect((await second.cluster.get(serviceKind, key('a')))?.spec.clusterIP).not.toBe(before?.spec.clusterIP);
  });

  test('generation counts spec changes made while nobody looked', async () => {
    folder.write('a.yaml', serviceText('a'));
    const first = await start();
    await first.stop();
    folder.write('a.yaml', serviceText('a', { spec: 'sessionAffinity: None' }));
    const { cluster } = await start();
    expect((await cluster.get(serviceKind, key('a')))?.metadata.generation).toBe(2);
  });

  test('objects made by components survive, with their versions', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'seamark', namespace: 'default' },
      spec: { holderIdentity: 'a' },
    };
    const first = await start();
    const made = await first.cluster.create(leaseKind, lease);
    await first.stop();
    const { cluster } = await start();
    expect(await cluster.get(leaseKind, key('seamark'))).toEqual(made);
    await expect(cluster.create(leaseKind, lease)).rejects.toSatisfy((error) => isSeamarkError(error, 'SM_CLUSTER_CONFLICT'));
  });

  test('what belongs to objects that vanished while nobody looked is removed', async () => {
    folder.write('a.yaml', serviceText('a'));
    const first = await start();
    await first.cluster.patchStatus(serviceKind, key('a'), status('192.0.2.1'));
    await first.stop();
    rmSync(join(folder.path, 'a.yaml'));
    const second = await start();
    await second.stop();
    const kept = await openStateFile(state);
    expect([...kept.stored.keys()]).toEqual([]);
    await kept.close();
    folder.write('a.yaml', serviceText('a'));
    const { cluster } = await start();
    expect(ipOf(await cluster.get(serviceKind, key('a')))).toBeUndefined();
  });

  test('is not removed while a document is unreadable, because the object may be in it', async () => {
    folder.write('a.yaml', serviceText('a'));
    const first = await start();
    await first.cluster.patchStatus(serviceKind, key('a'), status('192.0.2.1'));
    const before = await first.cluster.get(serviceKind, key('a'));
    await first.stop();
    folder.write('a.yaml', `${serviceText('a')}  bad: [\n`);
    const second = await start();
    expect(await second.cluster.get(serviceKind, key('a'))).toBeUndefined();
    folder.write('b.yaml', serviceText('b'));
    await eventually(async () => expect(await second.cluster.get(serviceKind, key('b'))).toBeDefined());
    expect((await second.cluster.get(serviceKind, key('b')))?.spec.clusterIP).not.toBe(before?.spec.clusterIP);
    folder.write('a.yaml', serviceText('a'));
    await eventually(async () => expect(ipOf(await second.cluster.get(serviceKind, key('a')))).toBe('192.0.2.1'));
    expect((await second.cluster.get(serviceKind, key('a')))?.metadata.uid).toBe(before?.metadata.uid);
  });

  test('is removed once every document is readable again and the object is in none', async () => {
    folder.write('a.yaml', serviceText('a'));
    const first = await start();
    await first.stop();
    folder.write('a.yaml', `${serviceText('a')}  bad: [\n`);
    const second = await start();
    folder.write('a.yaml', serviceText('b'));
    await eventually(async () => expect(await second.cluster.get(serviceKind, key('b'))).toBeDefined());
    await second.stop();
    const kept = await openStateFile(state);
    expect([...kept.stored.keys()]).toEqual(['/Service default/b']);
    await kept.close();
  });

  test('is compacted: many writes do not make the file grow without end', async () => {
    folder.write('a.yaml', serviceText('a'));
    const { cluster, stop } = await start();
    const padding = 'x'.repeat(1_000);
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 400 }, (_, index) =>
          cluster.patchStatus(serviceKind, key('a'), { status: {}, annotations: { round: `${round}.${index}${padding}` } }),
        ),
      );
    }
    await stop();
    const { cluster: again } = await start();
    await eventually(() => expect(statSync(state).size).toBeLessThan(1_200_000));
    expect((await again.get(serviceKind, key('a')))?.metadata.annotations?.['round']).toBe(`9.399${padding}`);
  });

  test('a status in the file counts until another is written; annotations of components lie over those of the file', async () => {
    folder.write('a.yaml', `${serviceText('a', { note: 'file' })}status: {loadBalancer: {ingress: [{ip: 192.0.2.7}]}}\n`);
    const first = await start();
    expect(ipOf(await first.cluster.get(serviceKind, key('a')))).toBe('192.0.2.7');
    await first.cluster.patchStatus(serviceKind, key('a'), { ...status('192.0.2.8'), annotations: { note: null, ours: '1' } });
    await first.stop();
    const { cluster } = await start();
    const object = await cluster.get(serviceKind, key('a'));
    expect(ipOf(object)).toBe('192.0.2.8');
    expect(object?.metadata.annotations).toEqual({ ours: '1' });
  });

  test('what kubectl get -o yaml printed of another life is not taken for ours', async () => {
    folder.write(
      'a.yaml',
      serviceText('a').replace(
        'metadata:\n',
        'metadata:\n  uid: other\n  resourceVersion: "99"\n  generation: 7\n  creationTimestamp: "2020-01-01T00:00:00Z"\n  managedFields: []\n',
      ),
    );
    const { cluster } = await start();
    const { metadata } = (await cluster.get(serviceKind, key('a'))) ?? {};
    expect(metadata).toMatchObject({ generation: 1 });
    expect(metadata?.uid).not.toBe('other');
    expect(metadata?.resourceVersion).not.toBe('99');
    expect(metadata?.creationTimestamp).not.toBe('2020-01-01T00:00:00Z');
    expect(metadata).not.toHaveProperty('managedFields');
  });
});

describe('the user’s files', () => {
  test('cannot be changed or deleted through the API, and the refusal names the place', async () => {
    folder.write('a.yaml', `# comment\n---\n${serviceText('a')}`);
    const { cluster } = await start();
    const object = (await cluster.get(serviceKind, key('a'))) as Service;
    const refused = (error: unknown): boolean =>
      isSeamarkError(error, 'SM_CLUSTER_REJECTED') &&
      error.message.includes('Service default/a stands in') &&
      error.message.includes('a.yaml:3: ');
    await expect(cluster.delete(serviceKind, key('a'))).rejects.toSatisfy(refused);
    await expect(cluster.replace(serviceKind, { ...object, spec: { ...object.spec, type: 'ClusterIP' } })).rejects.toSatisfy(refused);
    await expect(
      cluster.apply(serviceKind, { ...object, metadata: { name: 'a', labels: { a: 'b' } } }, { fieldManager: 'test' }),
    ).rejects.toSatisfy(refused);
    await cluster.replace(serviceKind, { ...object, metadata: { ...object.metadata, annotations: { ours: '1' } } });
    expect((await cluster.get(serviceKind, key('a')))?.metadata.annotations).toEqual({ ours: '1' });
    expect(readFileSync(join(folder.path, 'a.yaml'), 'utf8')).toBe(`# comment\n---\n${serviceText('a')}`);
  });
});

describe('a disk that takes nothing more', () => {
  test('fails the writes of components and leaves objects as they were; what the files say is shown all the same', async () => {
    const memory = createMemoryState();
    let isFull = false;
    const full: StateFile = {
      ...memory,
      write: (id, object) =>
        isFull ? Promise.reject(new SeamarkError('SM_STORE_WRITE_FAILED', 'no space left')) : memory.write(id, object),
    };
    folder.write('a.yaml', serviceText('a'));
    const { cluster } = await start({ state: full });
    const view = cluster.view(serviceKind);
    await cluster.patchStatus(serviceKind, key('a'), status('192.0.2.1'));
    isFull = true;
    const failed = (error: unknown): boolean => isSeamarkError(error, 'SM_STORE_WRITE_FAILED');
    await expect(cluster.patchStatus(serviceKind, key('a'), status('192.0.2.2'))).rejects.toSatisfy(failed);
    await expect(
      cluster.create(serviceKind, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'made', namespace: 'default' }, spec: {} }),
    ).rejects.toSatisfy(failed);
    expect(ipOf(await cluster.get(serviceKind, key('a')))).toBe('192.0.2.1');
    expect(await cluster.get(serviceKind, key('made'))).toBeUndefined();
    folder.write('b.yaml', serviceText('b'));
    await eventually(() => expect(view.get(key('b'))?.spec.clusterIP).toBeDefined());
    isFull = false;
    await cluster.patchStatus(serviceKind, key('a'), status('192.0.2.3'));
    expect(ipOf(view.get(key('a')))).toBe('192.0.2.3');
  });
});

describe('kill -9', () => {
  test('loses no status that was acknowledged, again and again', async () => {
    for (let index = 0; index < 20; index += 1) folder.write(`s${index}.yaml`, serviceText(`s${index}`));
    const script = join(folder.besides, 'writer.ts');
    const at = (module: string): string => fileURLToPath(new URL(module, import.meta.url));
    writeFileSync(
      script,
      `import { createManifestsCluster } from ${JSON.stringify(at('./index.ts'))};
       import { serviceKind } from ${JSON.stringify(at('../kind.ts'))};
       import { createReasonStream } from ${JSON.stringify(at('../../reasons/index.ts'))};
       const cluster = createManifestsCluster({ paths: [${JSON.stringify(folder.path)}], state: ${JSON.stringify(state)}, reasons: createReasonStream() });
       const view = cluster.view(serviceKind);
       await cluster.start(new AbortController().signal);
       await view.synced;
       for (let turn = Number(process.argv[2]); ; turn += 1) {
         await Promise.all([...view.list()].map(async (service) => {
           const { name, namespace } = service.metadata;
           await cluster.patchStatus(serviceKind, { name, namespace }, { status: { turn } });
           process.stdout.write(name + '=' + turn + ' ' + service.spec.clusterIP + '\\n');
         }));
       }`,
    );
    const acknowledged = new Map<string, number>();
    const addresses = new Map<string, string>();
    for (let round = 0; round < 4; round += 1) {
      const child = startProcess(process.execPath, ['--conditions=@seamark/source', script, String(round * 1_000_000)]);
      await child.waitForOutput(new RegExp(`s7=${round * 1_000_000 + 5 + round * 7} `));
      await child.end('SIGKILL');
      for (const [, name, turn, address] of child.output().matchAll(/^(s\d+)=(\d+) (\S+)$/gm)) {
        acknowledged.set(name as string, Number(turn));
        expect(addresses.get(name as string) ?? address).toBe(address);
        addresses.set(name as string, address as string);
      }
      const { cluster, stop } = await start();
      for (const [name, turn] of acknowledged) {
        const service = (await cluster.get(serviceKind, key(name))) as Service & { status?: { turn?: number } };
        expect(service.status?.turn).toBeGreaterThanOrEqual(turn);
        expect(service.spec.clusterIP).toBe(addresses.get(name));
      }
      await stop();
    }
    expect(new Set(addresses.values()).size).toBe(20);
  });
});

describe('Events', () => {
  test('are told to subscribers, bounded, the latest last', () => {
    const cluster = folder.cluster();
    const told: number[] = [];
    cluster.subscribeEvents(() => {
      throw new Error('a defect of a display');
    });
    cluster.subscribeEvents((event) => void told.push(event.count));
    const event = (name: string) =>
      ({
        regarding: { kind: 'Service', namespace: 'default', name },
        type: 'Normal',
        reason: 'Test',
        message: 'm',
        reportingComponent: 'test',
      }) as const;
    for (let index = 0; index < 1_100; index += 1) cluster.recordEvent(event(`s${index}`));
    cluster.recordEvent(event('s500'));
    expect(cluster.events()).toHaveLength(1_000);
    expect(cluster.events().at(-1)).toMatchObject({ regarding: { name: 's500' }, count: 2 });
    expect(cluster.events()[0]?.regarding.name).toBe('s100');
    expect(told).toHaveLength(1_101);
    expect(told.at(-1)).toBe(2);
  });
});
