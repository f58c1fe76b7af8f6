import type { NameNode } from './name-node.ts';

const initialSlots = 64; // a power of two, as every size of the table

/**
 * A hash of names in lower-case wire form, with their nodes: open addressing, so that a look-up reads two arrays and compares
 * octets once. The hash of a name continues the hash of its parent, see {@link hashLabel}, so one pass over a question's name
 * gives the hashes of all its ancestors.
 */
export class NameTable {
  size = 0;
  private hashes = new Uint32Array(initialSlots);
  private nodes: (NameNode | undefined)[] = Array.from({ length: initialSlots });

  /** The node of the name that fills `octets` from `start` to `end`. */
  find(hash: number, octets: Uint8Array, start: number, end: number): NameNode | undefined {
    const { nodes, hashes } = this;
    const mask = nodes.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const node = nodes[slot];
      if (node === undefined) return undefined;
      if (hashes[slot] === hash && equals(node.name, octets, start, end)) return node;
    }
  }

  /** Adds a node whose name is not in the table. */
  add(node: NameNode): void {
    if ((this.size + 1) * 2 > this.nodes.length) this.grow();
    this.place(node);
    this.size++;
  }

  /** Removes a node that is in the table. */
  remove(node: NameNode): void {
    const { nodes, hashes } = this;
    const mask = nodes.length - 1;
    let hole = slotOf(node.hash, mask);
    while (nodes[hole] !== node) hole = (hole + 1) & mask;
    // Moves back what was displaced over the hole, so that no search ends early and no tombstones pile up.
    for (let slot = (hole + 1) & mask; nodes[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = slotOf(hashes[slot] as number, mask);
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      nodes[hole] = nodes[slot];
      hashes[hole] = hashes[slot] as number;
      hole = slot;
    }
    nodes[hole] = undefined;
    this.size--;
  }

  /** Every node, in no order. */
  *[Symbol.iterator](): Iterator<NameNode> {
    for (const node of this.nodes) if (node !== undefined) yield node;
  }

  private place(node: NameNode): void {
    const { nodes, hashes } = this;
    const mask = nodes.length - 1;
    let slot = slotOf(node.hash, mask);
    while (nodes[slot] !== undefined) slot = (slot + 1) & mask;
    nodes[slot] = node;
    hashes[slot] = node.hash;
  }

  private grow(): void {
    const old = this.nodes;
    this.nodes = Array.from({ length: old.length * 2 });
    this.hashes = new Uint32Array(this.nodes.length);
    for (const node of old) if (node !== undefined) this.place(node);
  }
}

/** Hash of the root, where every name's hash begins. */
export function hashOfRoot(seed: number): number {
  return (seed ^ 0x811c9dc5) >>> 0;
}

/**
 * The hash of a name from the hash of its parent and its first label, which fills `octets` from `start` (its length octet) to
 * `end`. FNV-1a from the last octet to the first; the seed keeps outsiders from choosing names that collide.
 */
export function hashLabel(parentHash: number, octets: Uint8Array, start: number, end: number): number {
  let hash = parentHash;
  for (let at = end - 1; at >= start; at--) hash = Math.imul(hash ^ (octets[at] as number), 0x01000193);
  return hash >>> 0;
}

function slotOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask; // FNV mixes its high bits best
}

function equals(name: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== octets[start + at]) return false;
  return true;
}
