import type { Zone, ZoneNode, ZoneTree } from '../zone/tree/index.ts';

/** What one follower has not taken yet. */
export interface FollowedChanges<T> extends Disposable {
  /** Nodes that {@link take} would give now. */
  countNodes(): number;
  /** Everything since the last call, in the order in which it happened. */
  take(): { readonly nodes: readonly ZoneNode<T>[]; readonly zones: ReadonlySet<Zone<T>> };
}

/**
 * The changes of a tree for several followers: a tree gives them out once. Whoever fills the tree calls {@link published} after each
 * revision, in the same turn.
 */
export class TreeChanges<T> {
  /** Nobody else takes its changes. */
  readonly tree: ZoneTree<T>;
  private readonly followers = new Set<{ nodes: ZoneNode<T>[]; zones: Set<Zone<T>> }>();
  private readonly listeners = new Set<() => void>();
  private readonly fillings = new Set<object>();

  constructor(tree: ZoneTree<T>) {
    this.tree = tree;
  }

  /** Begins to keep what changes from now on; until disposed. */
  follow(): FollowedChanges<T> {
    this.tree.trackChanges();
    this.distribute();
    const pending = { nodes: [] as ZoneNode<T>[], zones: new Set<Zone<T>>() };
    this.followers.add(pending);
    return {
      countNodes: () => {
        this.distribute();
        return pending.nodes.length;
      },
      take: () => {
        this.distribute();
        const { nodes, zones } = pending;
        pending.nodes = [];
        pending.zones = new Set();
        return { nodes, zones };
      },
      [Symbol.dispose]: () => void this.followers.delete(pending),
    };
  }

  /** Calls `listener` after each revision. */
  subscribe(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  /** Somebody is at compiling all of the tree, slice by slice. */
  get isBeingCompiled(): boolean {
    return this.fillings.size > 0;
  }

  /** Says that `follower` begins to compile all of the tree, or that it has ended. */
  noteFilling(follower: object, isFilling: boolean): void {
    if (isFilling) this.fillings.add(follower);
    else this.fillings.delete(follower);
  }

  /** Says that a revision is complete. */
  published(): void {
    this.distribute();
    for (const listener of this.listeners) listener();
  }

  private distribute(): void {
    if (this.followers.size === 0) return void this.tree.takeTouched();
    const { nodes, zones } = this.tree.takeTouched();
    for (const follower of this.followers) {
      for (const node of nodes) follower.nodes.push(node);
      for (const zone of zones) follower.zones.add(zone);
    }
  }
}
