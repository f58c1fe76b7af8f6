import type { ZoneNode } from './zone-node.ts';

const initialSlots = 64; // a power of two, as every size of the table

/**
 * A hash of names in lower-case wire form, with their nodes: open addressing, so that a look-up reads two arrays and compares
 * octets once. The hash of a name continues the hash of its parent, see {@link hashLabel}, so one pass over a question's name
 * gives the hashes of all its ancestors.
 */
export class NameTable<T> {
  size = 0;
  /** Of the nodes in the same places, see {@link keptHash}; 0 = the place is empty, which is seen without a look at the nodes. */
  private hashes = new Int32Array(initialSlots);
  private nodes: (ZoneNode<T> | undefined)[] = emptySlots(initialSlots);

  /** The node of the name, in any case, that fills `octets` from `start` to `end`. */
  find(hash: number, octets: Uint8Array, start: number, end: number): ZoneNode<T> | undefined {
    const { nodes, hashes } = this;
    const mask = hashes.length - 1;
    const wanted = keptHash(hash);
    for (let slot = slotOf(wanted, mask); hashes[slot] !== 0; slot = (slot + 1) & mask) {
      if (hashes[slot] !== wanted) continue;
      const node = nodes[slot] as ZoneNode<T>;
      if (equals(node.key, octets, start, end)) return node;
    }
    return undefined;
  }

  /** The node of the wildcard directly below a node. */
  findWildcard(parent: ZoneNode<T>): ZoneNode<T> | undefined {
    const { nodes, hashes } = this;
    const wanted = keptHash(hashLabel(parent.hash, asterisk, 0, 2));
    const mask = hashes.length - 1;
    for (let slot = slotOf(wanted, mask); hashes[slot] !== 0; slot = (slot + 1) & mask) {
      if (hashes[slot] !== wanted) continue;
      const node = nodes[slot] as ZoneNode<T>;
      if (node.parent === parent && node.isWildcard) return node;
    }
    return undefined;
  }

  /** Makes room for so many nodes in all, which takes longer when it is done bit by bit. */
  reserve(count: number): void {
    let slots = this.nodes.length;
    while (count * 2 > slots) slots *= 2;
    if (slots > this.nodes.length) this.resize(slots);
  }

  /** Adds a node whose name is not in the table. */
  add(node: ZoneNode<T>): void {
    if ((this.size + 1) * 2 > this.nodes.length) this.resize(this.nodes.length * 2);
    this.place(node, keptHash(node.hash));
    this.size++;
  }

  /** Removes a node that is in the table. */
  remove(node: ZoneNode<T>): void {
    const { nodes, hashes } = this;
    const mask = nodes.length - 1;
    let hole = slotOf(keptHash(node.hash), mask);
    while (nodes[hole] !== node) hole = (hole + 1) & mask;
    // Moves back what was displaced over the hole, so that no search ends early and no tombstones pile up.
    for (let slot = (hole + 1) & mask; hashes[slot] !== 0; slot = (slot + 1) & mask) {
      const home = slotOf(hashes[slot] as number, mask);
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      nodes[hole] = nodes[slot];
      hashes[hole] = hashes[slot] as number;
      hole = slot;
    }
    nodes[hole] = undefined;
    hashes[hole] = 0;
    this.size--;
  }

  /** Every node, in no order. */
  *[Symbol.iterator](): Generator<ZoneNode<T>> {
    for (const node of this.nodes) if (node !== undefined) yield node;
  }

  private place(node: ZoneNode<T>, hash: number): void {
    const { nodes, hashes } = this;
    const mask = hashes.length - 1;
    let slot = slotOf(hash, mask);
    while (hashes[slot] !== 0) slot = (slot + 1) & mask;
    nodes[slot] = node;
    hashes[slot] = hash;
  }

  private resize(slots: number): void {
    const { nodes, hashes } = this;
    this.nodes = emptySlots(slots);
    this.hashes = new Int32Array(slots);
    for (let slot = 0; slot < hashes.length; slot++) if (hashes[slot] !== 0) this.place(nodes[slot] as ZoneNode<T>, hashes[slot] as number);
  }
}

const asterisk = Uint8Array.of(1, 0x2a);

/** Hash of the root, where every name's hash begins. */
export function hashOfRoot(seed: number): number {
  return seed ^ 0x811c9dc5;
}

/**
 * The hash of a name from the hash of its parent and its first label, which fills `octets` from `start` (its length octet) to
 * `end`. FNV-1a from the last octet to the first, of the lower-case letters; the seed keeps outsiders from choosing names that
 * collide.
 */
export function hashLabel(parentHash: number, octets: Uint8Array, start: number, end: number): number {
  let hash = parentHash;
  for (let at = end - 1; at >= start; at--) hash = Math.imul(hash ^ lowerCase(octets[at] as number), 0x01000193);
  return hash;
}

/** A letter of a name as names are compared (RFC 4343). Length octets are below `A`, so whole names may be read this way. */
export function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

/** A hash as the table keeps it. */
function keptHash(hash: number): number {
  return hash | 0 || 1;
}

function slotOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask; // FNV mixes its high bits best
}

function equals(key: string, octets: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let at = 0; at < key.length; at++) if (key.charCodeAt(at) !== lowerCase(octets[start + at] as number)) return false;
  return true;
}

function emptySlots<T>(count: number): (ZoneNode<T> | undefined)[] {
  // eslint-disable-next-line unicorn/no-new-array -- Array.from takes seconds for millions of slots
  return new Array<ZoneNode<T> | undefined>(count).fill(undefined);
}
