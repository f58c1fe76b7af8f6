import { dnsNameFromWire, dnsNameToWire } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { nodeMarks, nodeName, type Rrset, type ZoneNode, ZoneTree } from './index.ts';

type Tree = ZoneTree<readonly Rrset[]>;

const soa: Rrset = { type: 6, ttlSeconds: 60, rdata: [new Uint8Array(22)] };
const address: readonly Rrset[] = [{ type: 1, ttlSeconds: 60, rdata: [Uint8Array.of(192, 0, 2, 1)] }];
const wire = dnsNameToWire;
const nameOf = (node: ZoneNode<unknown>): string => dnsNameFromWire(nodeName(node));
const maybeName = (node: ZoneNode<unknown> | undefined): string | undefined => (node === undefined ? undefined : nameOf(node));

/** A tree with zones (`zone:`), delegations (`cut:`), DNAMEs (`dname:`) and names with an address. */
function treeOf(...entries: string[]): Tree {
  const tree: Tree = new ZoneTree({ rrsets: (node) => node.payload ?? [], soa: () => soa }, { hashSeed: 1, trackChanges: true });
  for (const entry of entries) {
    const [kind, name = kind] = entry.split(':') as [string, string?];
    if (kind === 'zone') tree.addZone(wire(name));
    else tree.set(tree.ensure(wire(name)), address, kind === 'cut' ? nodeMarks.ns : kind === 'dname' ? nodeMarks.dname : 0);
  }
  return tree;
}

/** What a look-up found, in one line. */
function found(tree: Tree, name: string): Record<string, unknown> {
  const { zone, node, closestEncloser, wildcard, cut, dname } = tree.find(wire(name));
  const said = {
    zone: zone?.label,
    node: maybeName(node),
    encloser: maybeName(closestEncloser),
    wildcard,
    cut: maybeName(cut),
    dname: maybeName(dname),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && value !== false));
}

describe('a name is found', () => {
  const tree = treeOf(
    'zone:example.org',
    'zone:sub.example.org',
    'www.example.org',
    'a.b.c.example.org',
    '*.w.example.org',
    'x.w.example.org',
    '*.example.org',
    'www.sub.example.org',
    'cut:cut.example.org',
    'ns.cut.example.org',
    'cut:deep.cut.example.org',
    'dname:moved.example.org',
    'old.moved.example.org',
    'cut:below.moved.example.org',
  );

  test.each([
    ['in the longest zone', 'www.sub.example.org', { zone: 'sub.example.org.', node: 'www.sub.example.org' }],
    ['at an apex, as a name of its own zone', 'sub.example.org', { zone: 'sub.example.org.', node: 'sub.example.org' }],
    ['in any case', 'WWW.Example.ORG', { zone: 'example.org.', node: 'www.example.org' }],
    ['as an empty non-terminal', 'b.c.example.org', { zone: 'example.org.', node: 'b.c.example.org' }],
    ['as a wildcard when it is asked for itself', '*.w.example.org', { zone: 'example.org.', node: '*.w.example.org' }],
  ])('%s: %s', (_what, name, expected) => {
    expect(found(tree, name)).toEqual({ ...expected, encloser: expected.node });
  });

  test.each([
    ['the wildcard below the closest encloser', 'y.w.example.org', '*.w.example.org', 'w.example.org'],
    ['also for many labels', 'z.y.nowhere.example.org', '*.example.org', 'example.org'],
    ['but not one above a name that exists', 'y.x.w.example.org', undefined, 'x.w.example.org'],
    ['nor one above an empty non-terminal', 'y.b.c.example.org', undefined, 'b.c.example.org'],
    ['nor one of the zone above', 'y.sub.example.org', undefined, 'sub.example.org'],
  ])('by %s: %s', (_what, name, node, encloser) => {
    const zone = name.endsWith('sub.example.org') ? 'sub.example.org.' : 'example.org.';
    expect(found(tree, name)).toEqual({ zone, ...(node === undefined ? {} : { node, wildcard: true }), encloser });
  });

  test.each([
    ['at a delegation', 'cut.example.org', 'cut.example.org'],
    ['below it, with its node when it is glue', 'ns.cut.example.org', 'cut.example.org'],
    ['below it, with nothing', 'a.b.cut.example.org', 'cut.example.org'],
    ['below one in another: the upper one counts', 'a.deep.cut.example.org', 'cut.example.org'],
  ])('%s: %s', (_what, name, cut) => {
    expect(found(tree, name)).toMatchObject({ zone: 'example.org.', cut });
  });

  test('below a DNAME, which hides what is stored there, delegations included', () => {
    for (const name of ['a.moved.example.org', 'old.moved.example.org', 'x.below.moved.example.org']) {
      expect(found(tree, name)).toMatchObject({ dname: 'moved.example.org' });
      expect(found(tree, name)).not.toHaveProperty('cut');
    }
    expect(found(tree, 'moved.example.org')).toEqual({ zone: 'example.org.', node: 'moved.example.org', encloser: 'moved.example.org' });
  });

  test('in no zone of ours: nothing is said', () => {
    for (const name of ['example.net', 'org', '.', 'www.xample.org']) expect(found(tree, name)).toEqual({});
  });

  test('in the middle of other octets, as names stand in RDATA', () => {
    const name = wire('www.example.org');
    const octets = Uint8Array.of(0, 10, ...name, 1, 2, 3);
    expect(maybeName(tree.find(octets, 2, 2 + name.length).node)).toBe('www.example.org');
  });

  test('NS at an apex delegates nothing', () => {
    const apex = treeOf('zone:example.org', 'cut:example.org', 'www.example.org');
    expect(found(apex, 'www.example.org')).toEqual({ zone: 'example.org.', node: 'www.example.org', encloser: 'www.example.org' });
  });
});

describe('zones come and go', () => {
  test('a zone in another one takes its names over, and gives them back', () => {
    const tree = treeOf('zone:example.org', 'www.sub.example.org', 'cut:sub.example.org');
    expect(found(tree, 'www.sub.example.org')).toMatchObject({ zone: 'example.org.', cut: 'sub.example.org' });
    const sub = tree.addZone(wire('sub.example.org'));
    expect(found(tree, 'www.sub.example.org')).toEqual({
      zone: 'sub.example.org.',
      node: 'www.sub.example.org',
      encloser: 'www.sub.example.org',
    });
    tree.removeZone(sub);
    expect(found(tree, 'www.sub.example.org')).toMatchObject({ zone: 'example.org.', cut: 'sub.example.org' });
  });

  test('a zone around others may come later', () => {
    const tree = treeOf('zone:example.org', 'www.example.org');
    tree.addZone(wire('.'));
    expect(found(tree, 'www.example.org').zone).toBe('example.org.');
    expect(found(tree, 'nothing.net')).toEqual({ zone: '.', encloser: '.' });
    expect(found(tree, 'org')).toEqual({ zone: '.', node: 'org', encloser: 'org' });
  });

  test('a zone that comes back has its number again', () => {
    const tree = treeOf('zone:a', 'zone:b');
    const a = tree.zoneAt('a.');
    if (a !== undefined) tree.removeZone(a);
    expect(tree.addZone(wire('c')).id).toBe(2);
    expect(tree.addZone(wire('A')).id).toBe(0);
  });
});

describe('what changed', () => {
  test('is each node that was made, set or left, once, and each zone', () => {
    const tree = treeOf('zone:example.org', 'a.b.example.org');
    expect(tree.takeTouched().nodes.map(nameOf).toSorted()).toEqual(['a.b.example.org', 'b.example.org', 'example.org', 'org']);
    const node = tree.ensure(wire('a.b.example.org'));
    tree.set(node, address);
    tree.set(node, undefined);
    const { nodes, zones } = tree.takeTouched();
    expect(nodes.map((each) => [nameOf(each), each.isRemoved])).toEqual([
      ['a.b.example.org', true],
      ['b.example.org', true],
    ]);
    expect(zones.size).toBe(0);
    expect(tree.takeTouched().nodes).toEqual([]);
  });

  test('an empty non-terminal lasts as long as the names below it', () => {
    const tree = treeOf('zone:example.org', 'a.b.example.org', 'c.b.example.org');
    tree.set(tree.ensure(wire('a.b.example.org')), undefined);
    expect(found(tree, 'b.example.org').node).toBe('b.example.org');
    tree.set(tree.ensure(wire('c.b.example.org')), undefined);
    expect(found(tree, 'b.example.org')).toEqual({ zone: 'example.org.', encloser: 'example.org' });
  });

  test('RRsets are made again after it', () => {
    let made = 0;
    const tree = new ZoneTree<number>({ rrsets: () => (made++, address), soa: () => soa });
    tree.addZone(wire('example.org'));
    const node = tree.ensure(wire('www.example.org'));
    tree.set(node, 1);
    tree.rrsets(node);
    tree.rrsets(node);
    expect(made).toBe(1);
    tree.set(node, 2);
    tree.rrsets(node);
    expect(made).toBe(2);
  });
});

test('names below a name come in the order of RFC 4034', () => {
  // The example of its section 6.1.
  const sorted = [
    'example',
    'a.example',
    'yljkjljk.a.example',
    'z.a.example',
    'zabc.a.example',
    'z.example',
    String.raw`\001.z.example`,
    '*.z.example',
    String.raw`\200.z.example`,
  ];
  const tree = treeOf('zone:example', ...sorted.slice(1).toReversed());
  const { node } = tree.find(wire('example'));
  expect([...tree.walk(node as ZoneNode<readonly Rrset[]>)].map(nameOf)).toEqual(sorted);
});

test('after any changes the tree holds what exists because of the names that are left', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', '*', 'c'), { minLength: 1, maxLength: 4 })
    .map((labels) => [...labels, 'example.org'].join('.'));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.boolean()), { maxLength: 40 }), (changes) => {
      const tree = treeOf('zone:example.org');
      const model = new Set<string>();
      for (const [owner, isSet] of changes) {
        tree.set(tree.ensure(wire(owner)), isSet ? address : undefined);
        if (isSet) model.add(owner);
        else model.delete(owner);
      }
      const existing = new Set(['.', 'org', 'example.org']);
      for (const owner of model) for (let at = owner; at !== 'example.org'; at = at.slice(at.indexOf('.') + 1)) existing.add(at);
      expect([...tree.nodes()].map(nameOf).toSorted()).toEqual([...existing].toSorted());
      for (const node of tree.nodes()) {
        const children = tree.children(node).map(nameOf);
        const below = [...existing].filter(
          (each) => each !== '.' && (each.includes('.') ? each.slice(each.indexOf('.') + 1) : '.') === nameOf(node),
        );
        expect(children).toEqual(below.toSorted());
        expect(node.hasWildcard).toBe(below.some((each) => each.startsWith('*.')));
      }
    }),
  );
});
