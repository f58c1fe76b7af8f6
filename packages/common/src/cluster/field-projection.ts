import type { KubernetesObject } from '../model/kubernetes-object.ts';

/** Paths kept below one member: `whole` keeps the subtree, a map keeps the named members of an object, or of each item of a list. */
type FieldTree = 'whole' | ReadonlyMap<string, FieldTree>;

const metadataAlways = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'deletionTimestamp'];

/**
 * Which parts of an object are kept, as ViewScope.fields declares them. Immutable; combine with {@link FieldProjection.union}.
 */
export interface FieldProjection {
  /**
   * The kept part of an object: a new object that shares the kept subtrees with the given one, or the object itself when everything is
   * kept. A path that meets a list goes on in each of its items (`spec.rules.host`).
   */
  project<T extends KubernetesObject>(object: T): T;
  /** True when this one keeps everything that `other` keeps. */
  covers(other: FieldProjection): boolean;
  /** Keeps what either keeps. */
  union(other: FieldProjection): FieldProjection;
  /** The kept paths, without those that are always kept; undefined = everything. */
  readonly fields: readonly string[] | undefined;
}

/** Makes the projection that keeps `fields` (dotted paths) and the members that every view keeps; undefined keeps everything. */
export function createFieldProjection(fields: readonly string[] | undefined): FieldProjection {
  if (fields === undefined) return wholeProjection;
  const tree = treeOf([...fields, 'apiVersion', 'kind', ...metadataAlways.map((name) => `metadata.${name}`)]);
  return {
    project: <T extends KubernetesObject>(object: T) => projectTree(object, tree) as T,
    covers: (other) => other.fields?.every((field) => treeCovers(tree, field.split('.'))) ?? false,
    union: (other) => createFieldProjection(other.fields === undefined ? undefined : [...new Set([...fields, ...other.fields])]),
    fields,
  };
}

const wholeProjection: FieldProjection = {
  project: (object) => object,
  covers: () => true,
  union: () => wholeProjection,
  fields: undefined,
};

function treeOf(paths: readonly string[]): Map<string, FieldTree> {
  const root = new Map<string, FieldTree>();
  for (const path of paths) {
    const segments = path.split('.');
    let node = root;
    for (const [position, segment] of segments.entries()) {
      const child = node.get(segment);
      if (child === 'whole') break;
      if (position === segments.length - 1) {
        node.set(segment, 'whole');
        break;
      }
      const next = (child ?? new Map<string, FieldTree>()) as Map<string, FieldTree>;
      node.set(segment, next);
      node = next;
    }
  }
  return root;
}

function treeCovers(tree: FieldTree, segments: readonly string[]): boolean {
  let node: FieldTree = tree;
  for (const segment of segments) {
    if (node === 'whole') return true;
    const child = node.get(segment);
    if (child === undefined) return false;
    node = child;
  }
  return node === 'whole';
}

function projectTree(value: unknown, tree: FieldTree): unknown {
  if (tree === 'whole' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => projectTree(item, tree));
  const kept: Record<string, unknown> = {};
  for (const [name, below] of tree) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined && Object.hasOwn(value, name)) kept[name] = projectTree(member, below);
  }
  return kept;
}
