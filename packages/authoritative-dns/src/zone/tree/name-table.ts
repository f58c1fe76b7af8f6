import type { ZoneNode } from './zone-node.ts';

const initialSlots = 64; // a power of two, as every size of the table

/**
 * A hash of names in lower-case wire form, with their nodes: open addressing, so that a look-up reads two arrays and compares
 * octets once. The hash of a name continues the hash of its parent, see {@link hashLabel}, so one pass over a question's name
 * gives the hashes of all its ancestors.
 */
export class NameTable<T> {
  size = 0;
  private hashes = new Int32Array(initialSlots);
  private nodes: (ZoneNode<T> | undefined)[] = emptySlots(initialSlots);

  /** The node of the name, in any case, that fills `octets` from `start` to `end`. */
  find(hash: number, octets: Uint8Array, start: number, end: number): ZoneNode<T> | undefined {
    const { nodes, hashes } = this;
    const mask = hashes.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const node = nodes[slot];
      if (node === undefined) return undefined;
      if (hashes[slot] === hash && equals(node.key, octets, start, end)) return node;
    }
  }

  /** The node of the wildcard directly below a node. */
  findWildcard(parent: ZoneNode<T>): ZoneNode<T> | undefined {
    const { nodes, hashes } = this;
    const hash = hashLabel(parent.hash, asterisk, 0, 2);
    const mask = hashes.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const node = nodes[slot];
      if (node === undefined || (hashes[slot] === hash && node.parent === parent && node.isWildcard)) return node;
    }
  }

  /** Adds a node whose name is not in the table. */
  add(node: ZoneNode<T>): void {
    if ((this.size + 1) * 2 > this.nodes.length) this.grow();
    this.place(node);
    this.size++;
  }

  /** Removes a node that is in the table. */
  remove(node: ZoneNode<T>): void {
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
  *[Symbol.iterator](): Generator<ZoneNode<T>> {
    for (const node of this.nodes) if (node !== undefined) yield node;
  }

  private place(node: ZoneNode<T>): void {
    const { nodes, hashes } = this;
    const mask = nodes.length - 1;
    let slot = slotOf(node.hash, mask);
    while (nodes[slot] !== undefined) slot = (slot + 1) & mask;
    nodes[slot] = node;
    hashes[slot] = node.hash;
  }

  private grow(): void {
    const old = this.nodes;
    this.nodes = emptySlots(old.length * 2);
    this.hashes = new Int32Array(this.nodes.length);
    for (const node of old) if (node !== undefined) this.place(node);
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
