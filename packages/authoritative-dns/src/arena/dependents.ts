import type { Zone, ZoneNode } from '../zone/tree/index.ts';

/** Names that one compiled name depends on. */
const maxNames = 64;
/** All of them together, for the memory that they take. */
const maxTotal = 2 ** 20;

/**
 * Stands for the SOA of a zone, and for whether the zone is there and signed, among the names that a name depends on. Not the apex's name:
 * its other records may change much more often.
 */
export function soaKey(zone: Zone<unknown>): string {
  return `SOA ${zone.node.key}`; // no name begins so: the octet of a length is below 64
}

/** Which compiled names have to be compiled again when another name changes, comes or goes. Names are as in `ZoneNode.key`. */
export class Dependents<T> {
  private readonly byName = new Map<string, Set<ZoneNode<T>>>();
  private readonly namesOf = new Map<ZoneNode<T>, string[]>();
  private total = 0;

  /**
   * Notes that `node` depends on names too. False, and nothing is noted, when one of them has `maxDependents` already, all of which must be
   * compiled again when it changes, or `node` depends on too many.
   */
  add(node: ZoneNode<T>, names: Iterable<string>, maxDependents = 1024): boolean {
    const known = this.namesOf.get(node);
    const added: string[] = [];
    for (const name of names) {
      const dependents = this.byName.get(name);
      if (dependents?.has(node) === true) continue;
      if (dependents !== undefined && dependents.size >= maxDependents) return false;
      added.push(name);
    }
    if ((known?.length ?? 0) + added.length > maxNames || this.total + added.length > maxTotal) return false;
    for (const name of added) {
      const dependents = this.byName.get(name);
      if (dependents === undefined) this.byName.set(name, new Set([node]));
      else dependents.add(node);
    }
    if (known !== undefined) known.push(...added);
    else if (added.length > 0) this.namesOf.set(node, added);
    this.total += added.length;
    return true;
  }

  /** Forgets what `node` depends on. */
  delete(node: ZoneNode<T>): void {
    if (this.total === 0) return;
    const names = this.namesOf.get(node);
    if (names === undefined) return;
    this.namesOf.delete(node);
    this.total -= names.length;
    for (const name of names) {
      const dependents = this.byName.get(name);
      dependents?.delete(node);
      if (dependents?.size === 0) this.byName.delete(name);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.byName.clear();
    this.namesOf.clear();
    this.total = 0;
  }

  /** What depends on a name. */
  of(name: string): Iterable<ZoneNode<T>> {
    return this.total === 0 ? [] : (this.byName.get(name) ?? []);
  }
}
