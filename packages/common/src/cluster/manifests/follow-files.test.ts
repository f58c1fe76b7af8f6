import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { eventually } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSeamarkError } from '../../errors/index.ts';
import { formatDecision } from '../../reasons/index.ts';
import { bgpPeerKind, ingressKind, namespaceKind, serviceKind } from '../kind.ts';
import { type ManifestFolder, manifestFolder, serviceText } from './testing/manifest-folder.ts';

let folder: ManifestFolder;
beforeEach(() => {
  folder = manifestFolder();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

/** A started cluster with a view of Services: what it holds (`name=note`) and what happened (`type name`). */
const watchServices = async (options: Parameters<ManifestFolder['cluster']>[0] = {}) => {
  const cluster = folder.cluster(options);
  const view = cluster.view(serviceKind);
  const happened: string[] = [];
  view.subscribe((change) => void happened.push(`${change.type} ${change.object.metadata.name}`));
  await folder.start(cluster);
  await view.synced;
  const held = (): string[] =>
    [...view.list()]
      .map(
        (object) =>
          `${object.metadata.name}${object.metadata.annotations?.['note'] === undefined ? '' : `=${object.metadata.annotations['note']}`}`,
      )
      .sort();
  return { cluster, view, happened, held };
};
const messages = (): string[] => folder.decisions().map(formatDecision);

describe('a folder of manifests', () => {
  test('is read with all folders below it; hidden files and other names are left out', async () => {
    folder.write('a.yaml', serviceText('a'));
    folder.write('deep/er/b.yml', serviceText('b'));
    folder.write('c.json', JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' } }));
    folder.write('README.md', serviceText('no'));
    folder.write('.hidden.yaml', serviceText('no'));
    folder.write('.git/d.yaml', serviceText('no'));
    const { held } = await watchServices();
    expect(held()).toEqual(['a', 'b', 'c']);
  });

  test('gives objects without a namespace the default one, and cluster-scoped ones none', async () => {
    folder.write(
      'a.yaml',
      `${serviceText('a')}---\n${serviceText('b', { namespace: 'team' })}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team, namespace: nonsense}\n`,
    );
    const cluster = folder.cluster();
    const services = cluster.view(serviceKind);
    const namespaces = cluster.view(namespaceKind);
    await folder.start(cluster);
    await Promise.all([services.synced, namespaces.synced]);
    expect([...services.list()].map((object) => object.metadata.namespace)).toEqual(['default', 'team']);
    expect([...namespaces.list()].map((object) => object.metadata)).toEqual([
      expect.not.objectContaining({ namespace: expect.anything() as unknown }),
    ]);
    expect(namespaces.get({ name: 'team' })).toBeDefined();
  });

  test('follows new, edited, renamed and removed files, also in folders made later', async () => {
    folder.write('a.yaml', serviceText('a', { note: '1' }));
    const { held, happened } = await watchServices();
    folder.write('new/folder/b.yaml', serviceText('b'));
    await eventually(() => expect(held()).toEqual(['a=1', 'b']));
    folder.write('a.yaml', serviceText('a', { note: '2' }));
    await eventually(() => expect(held()).toEqual(['a=2', 'b']));
    renameSync(join(folder.path, 'new'), join(folder.path, 'old'));
    folder.write('old/folder/b.yaml', serviceText('b', { note: 'moved' }));
    await eventually(() => expect(held()).toEqual(['a=2', 'b=moved']));
    rmSync(join(folder.path, 'a.yaml'));
    rmSync(join(folder.path, 'old'), { recursive: true });
    await eventually(() => expect(held()).toEqual([]));
    expect(happened.slice(0, 4)).toEqual(['added a', 'added b', 'updated a', 'updated b']);
    expect(happened.slice(4).sort()).toEqual(['deleted a', 'deleted b']);
  });

  test('changes nothing when a file is saved unchanged, moved, or only its comments and layout change', async () => {
    folder.write('a.yaml', serviceText('a'));
    const { held, happened, view } = await watchServices();
    const version = view.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion;
    folder.write('a.yaml', serviceText('a'));
    folder.write('a.yaml', `# a comment\n\n---\n${serviceText('a')}`);
    renameSync(join(folder.path, 'a.yaml'), join(folder.path, 'z.yaml'));
    folder.write('b.yaml', serviceText('b'));
    await eventually(() => expect(held()).toEqual(['a', 'b']));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(happened).toEqual(['added a', 'added b']);
    expect(view.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe(version);
  });

  test('follows editors that write another file and rename it, or move the old one away first', async () => {
    folder.write('a.yaml', serviceText('a', { note: '1' }));
    const { held, happened } = await watchServices();
    folder.write('.a.yaml.swp', 'garbage: [');
    folder.write('.a.yaml.new', serviceText('a', { note: '2' }));
    renameSync(join(folder.path, '.a.yaml.new'), join(folder.path, 'a.yaml'));
    await eventually(() => expect(held()).toEqual(['a=2']));
    renameSync(join(folder.path, 'a.yaml'), join(folder.path, 'a.yaml~'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    folder.write('a.yaml', serviceText('a', { note: '3' }));
    unlinkSync(join(folder.path, 'a.yaml~'));
    await eventually(() => expect(held()).toEqual(['a=3']));
    expect(happened).toEqual(['added a', 'updated a', 'updated a']);
  });

  test('keeps the objects of a file that is emptied and written a while later', async () => {
    folder.write('a.yaml', `${serviceText('a', { note: '1' })}---\n${serviceText('b')}`);
    const { held, happened } = await watchServices();
    truncateSync(join(folder.path, 'a.yaml'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(held()).toEqual(['a=1', 'b']);
    folder.write('a.yaml', `${serviceText('a', { note: '2' })}---\n${serviceText('b')}`);
    await eventually(() => expect(held()).toEqual(['a=2', 'b']));
    expect(happened).toEqual(['added a', 'added b', 'updated a']);
  });

  test('lets the objects of an emptied file go when it stays empty', async () => {
    folder.write('a.yaml', serviceText('a'));
    const { held } = await watchServices({ grace: { emptiedMs: 50 } });
    truncateSync(join(folder.path, 'a.yaml'));
    await eventually(() => expect(held()).toEqual([]));
  });

  test('never loses an object of a file that is written in slow pieces', async () => {
    const whole = Array.from({ length: 40 }, (_, index) => serviceText(`s${index}`, { note: '2' })).join('---\n');
    folder.write('a.yaml', whole.replaceAll('"2"', '"1"'));
    const { held, happened } = await watchServices();
    writeFileSync(join(folder.path, 'a.yaml'), '');
    for (let at = 0; at < whole.length; at += 700) {
      appendFileSync(join(folder.path, 'a.yaml'), whole.slice(at, at + 700));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await eventually(() => expect(held().every((entry) => entry.endsWith('=2'))).toBe(true));
    expect(held()).toHaveLength(40);
    expect(happened.filter((entry) => entry.startsWith('deleted'))).toEqual([]);
  });

  test('reports one bad file among fifty with file, line and reason, and the forty-nine work; mending it ends the report', async () => {
    for (let index = 0; index < 50; index += 1)
      folder.write(`s${index}.yaml`, index === 17 ? `${serviceText('s17')}  bad: [\n` : serviceText(`s${index}`));
    const { held } = await watchServices();
    expect(held()).toHaveLength(49);
    expect(messages()).toEqual([
      expect.stringMatching(/\/s17\.yaml:9: not readable as YAML: .*; the other documents keep working; correct the document/),
    ]);
    folder.write('s17.yaml', serviceText('s17'));
    await eventually(() => expect(held()).toHaveLength(50));
    expect(messages()).toEqual([]);
  });

  test('keeps the last readable version of a document that becomes unreadable, says so, and lets go only when the file is readable', async () => {
    folder.write('a.yaml', `${serviceText('a')}---\n${serviceText('b')}`);
    const { held, happened } = await watchServices({ grace: { removedMs: 20, emptiedMs: 20 } });
    folder.write('a.yaml', `${serviceText('a', { note: '2' })}---\n${serviceText('b')}  bad: [\n---\n${serviceText('c')}`);
    await eventually(() => expect(held()).toEqual(['a=2', 'b', 'c']));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(held()).toEqual(['a=2', 'b', 'c']);
    expect(messages()).toEqual([expect.stringContaining('Service default/b stays as it was; the other documents keep working')]);
    folder.write('a.yaml', `${serviceText('a', { note: '2' })}---\n${serviceText('c')}`);
    await eventually(() => expect(held()).toEqual(['a=2', 'c']));
    expect(happened).toEqual(['added a', 'added b', 'updated a', 'added c', 'deleted b']);
    expect(messages()).toEqual([]);
  });

  test('ends the report of a bad file when the file goes', async () => {
    folder.write('a.yaml', 'kind: [\n');
    folder.write('b.yaml', serviceText('b'));
    await watchServices();
    expect(messages()).toHaveLength(1);
    rmSync(join(folder.path, 'a.yaml'));
    await eventually(() => expect(messages()).toEqual([]));
  });

  test('counts the first of duplicates by file name and position, and the next when it goes', async () => {
    folder.write('b.yaml', `${serviceText('x', { note: 'b1' })}---\n${serviceText('x', { note: 'b2' })}`);
    folder.write('c.yaml', serviceText('x', { note: 'c' }));
    const { held, happened } = await watchServices();
    expect(held()).toEqual(['x=b1']);
    const duplicate = (file: string, line: number, first: string, firstLine: number) =>
      expect.stringMatching(
        new RegExp(`/${file}:${line}: Service default/x stands in .*/${first}:${firstLine} already; that one counts`),
      ) as unknown;
    expect(messages().sort()).toEqual([duplicate('b.yaml', 12, 'b.yaml', 1), duplicate('c.yaml', 1, 'b.yaml', 1)]);
    folder.write('a.yaml', serviceText('x', { note: 'a' }));
    await eventually(() => expect(held()).toEqual(['x=a']));
    rmSync(join(folder.path, 'a.yaml'));
    await eventually(() => expect(held()).toEqual(['x=b1']));
    rmSync(join(folder.path, 'b.yaml'));
    await eventually(() => expect(held()).toEqual(['x=c']));
    expect(messages()).toEqual([]);
    expect(happened).not.toContain('deleted x');
  });

  test('survives the removal of the whole folder and takes it up again when it comes back', async () => {
    folder.write('sub/a.yaml', serviceText('a'));
    const { held } = await watchServices();
    for (let round = 1; round <= 3; round += 1) {
      rmSync(folder.path, { recursive: true });
      await eventually(() => expect(held()).toEqual([]));
      folder.write('sub/a.yaml', serviceText('a', { note: String(round) }));
      await eventually(() => expect(held()).toEqual([`a=${round}`]));
      folder.write('sub/a.yaml', serviceText('a', { note: `${round}, edited` }));
      await eventually(() => expect(held()).toEqual([`a=${round}, edited`]));
    }
  });

  test('takes a folder up again that is replaced at once by another of the same name', async () => {
    folder.write('sub/a.yaml', serviceText('a'));
    const { held } = await watchServices();
    for (let round = 1; round <= 5; round += 1) {
      rmSync(join(folder.path, 'sub'), { recursive: true });
      folder.write('sub/a.yaml', serviceText('a', { note: `${round}` }));
      await eventually(() => expect(held()).toEqual([`a=${round}`]));
      folder.write('sub/b.yaml', serviceText('b', { note: `${round}` }));
      await eventually(() => expect(held()).toEqual([`a=${round}`, `b=${round}`]));
    }
  });

  test('ends in the right state after a storm of renames, edits and removals', async () => {
    for (let index = 0; index < 100; index += 1) folder.write(`d${index % 10}/s${index}.yaml`, serviceText(`s${index}`, { note: '0' }));
    const { held } = await watchServices();
    for (let round = 1; round <= 4; round += 1) {
      for (let index = 0; index < 10; index += 1) renameSync(join(folder.path, `d${index}`), join(folder.path, `t${index}`));
      for (let index = 0; index < 10; index += 1) renameSync(join(folder.path, `t${index}`), join(folder.path, `d${(index + 1) % 10}`));
      for (let index = 0; index < 100; index += 1)
        folder.write(`d${(index + round) % 10}/s${index}.yaml`, serviceText(`s${index}`, { note: String(round) }));
      if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (let index = 50; index < 100; index += 1) rmSync(join(folder.path, `d${(index + 4) % 10}/s${index}.yaml`));
    const expected = Array.from({ length: 50 }, (_, index) => `s${index}=4`).sort();
    await eventually(() => expect(held()).toEqual(expected));
    expect(messages()).toEqual([]);
  });

  test('follows links as a mounted ConfigMap swaps them', async () => {
    const data = join(folder.besides, 'data');
    for (const version of ['1', '2']) {
      mkdirSync(join(data, version), { recursive: true });
      writeFileSync(join(data, version, 'a.yaml'), serviceText('a', { note: version }));
    }
    symlinkSync(join(data, '1'), join(folder.path, '..data'));
    symlinkSync(join('..data', 'a.yaml'), join(folder.path, 'a.yaml'));
    const { held } = await watchServices();
    expect(held()).toEqual(['a=1']);
    symlinkSync(join(data, '2'), join(folder.path, '..data_tmp'));
    renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    await eventually(() => expect(held()).toEqual(['a=2']));
  });

  test('takes no harm from links in a circle and from names that are no files', async () => {
    folder.write('a.yaml', serviceText('a'));
    symlinkSync('.', join(folder.path, 'self'));
    symlinkSync('nowhere', join(folder.path, 'dangling.yaml'));
    mkdirSync(join(folder.path, 'folder.yaml'));
    const { held } = await watchServices();
    expect(held()).toEqual(['a']);
  });
});

describe('other inputs', () => {
  test('a list of files may be given, of any name, and each is followed', async () => {
    folder.write('one.txt', serviceText('a'));
    folder.write('two.yaml', serviceText('b'));
    folder.write('three.yaml', serviceText('no'));
    const { held } = await watchServices({ paths: [join(folder.path, 'one.txt'), join(folder.path, 'two.yaml')] });
    expect(held()).toEqual(['a', 'b']);
    folder.write('one.txt', serviceText('a', { note: '2' }));
    await eventually(() => expect(held()).toEqual(['a=2', 'b']));
    rmSync(join(folder.path, 'two.yaml'));
    await eventually(() => expect(held()).toEqual(['a=2']));
    folder.write('two.yaml', serviceText('b'));
    await eventually(() => expect(held()).toEqual(['a=2', 'b']));
  });

  test('standard input is read to its end', async () => {
    const { held, cluster } = await watchServices({
      paths: ['-'],
      standardInput: Readable.from([
        Buffer.from(serviceText('a').slice(0, 20)),
        Buffer.from(`${serviceText('a').slice(20)}---\nkind: [\n---\n${serviceText('b')}`),
      ]),
    });
    expect(held()).toEqual(['a', 'b']);
    expect(messages()).toEqual([expect.stringMatching(/^-:10: not readable/)]);
    // A kind that nobody viewed when the input was read.
    expect(await cluster.get(ingressKind, { namespace: 'default', name: 'none' })).toBeUndefined();
  });

  test('a path that does not exist is an error that names it, and nothing is started', async () => {
    const cluster = folder.cluster({ paths: [join(folder.path, 'nowhere')] });
    await expect(cluster.start(new AbortController().signal)).rejects.toSatisfy(
      (error) => isSeamarkError(error, 'SM_MANIFESTS_NOT_FOUND') && error.message.includes('/nowhere'),
    );
  });
});

describe('apiVersions', () => {
  test.each([
    ['networking.k8s.io/v1beta1', 'Ingress', 'networking.k8s.io/v1'],
    ['extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1'],
    ['externaldns.k8s.io/v1beta1', 'DNSEndpoint', 'externaldns.k8s.io/v1alpha1'],
    ['extensions/v1beta1', 'Deployment', 'apps/v1'],
  ])('%s %s is reported with what to write', async (apiVersion, kind, served) => {
    const text = (version: string): string => `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: web}\n`;
    folder.write('a.yaml', text(apiVersion));
    const cluster = folder.cluster();
    const view = cluster.view(ingressKind);
    await folder.start(cluster);
    await view.synced;
    expect(view.size).toBe(0);
    expect(messages()).toEqual([
      expect.stringMatching(
        new RegExp(
          `/a\\.yaml:1: ${kind} default/web has apiVersion ${apiVersion}, which is no longer served; write apiVersion: ${served}$`,
        ),
      ),
    ]);
    folder.write('a.yaml', text(served));
    await eventually(() => expect(messages()).toEqual([]));
  });

  test('a BGPPeer v1beta1 is read as v1beta2 and reported', async () => {
    folder.write(
      'a.yaml',
      'apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: {name: router, namespace: metallb-system}\nspec: {myASN: 64512}\n',
    );
    const cluster = folder.cluster();
    const view = cluster.view(bgpPeerKind);
    await folder.start(cluster);
    await view.synced;
    expect(view.get({ namespace: 'metallb-system', name: 'router' })).toMatchObject({
      apiVersion: 'metallb.io/v1beta2',
      spec: { myASN: 64512 },
    });
    expect(messages()).toEqual([expect.stringContaining('it is read as metallb.io/v1beta2; write apiVersion: metallb.io/v1beta2')]);
  });
});
