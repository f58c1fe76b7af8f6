import { entryKinds, notAscii, type SnapshotVisitor } from './snapshot-format.ts';

const maxKeyOctets = 0xffff + 0xff;
const ipv4Octets = 4;
const ipv6Octets = 16;

/** The entries of a snapshot, read from its octets as they are visited: a million at once would double the memory of a start. */
export class SnapshotEntries {
  /** How many there are. */
  readonly count: number;
  private readonly blocks: readonly Buffer[];
  private readonly key = Buffer.alloc(maxKeyOctets);
  private block = 0;
  private at = 0;

  /** Throws an Error when a block does not hold whole entries. */
  constructor(blocks: readonly Buffer[]) {
    this.blocks = blocks;
    this.count = blocks.reduce((sum, block) => sum + countEntries(block), 0);
  }

  /** Visits entries from the first one on, or goes on behind the last one visited, up to `most`. True = there are no more. */
  visit(visitor: SnapshotVisitor, most: number = Number.POSITIVE_INFINITY): boolean {
    const { blocks, key } = this;
    let left = most;
    for (; this.block < blocks.length; this.block++, this.at = 0) {
      const block = blocks[this.block] as Buffer;
      let { at } = this;
      for (; at < block.length; left--) {
        if (left <= 0) {
          this.at = at;
          return false;
        }
        const head = block[at] as number;
        const shared = block[at + 1] as number;
        const rest = (block[at + 2] as number) | ((block[at + 3] as number) << 8);
        at += 4;
        for (let index = 0; index < rest; index++) key[shared + index] = block[at + index] as number;
        at += rest;
        const text = key.toString((head & notAscii) === 0 ? 'latin1' : 'utf8', 0, shared + rest);
        const kind = head & ~notAscii;
        if (kind === entryKinds.value) {
          const leaseAt = at + 5;
          const valueAt = leaseAt + (block[at] as number);
          const end = valueAt + block.readUInt32LE(at + 1);
          const lease = valueAt === leaseAt + 1 && block[leaseAt] === 0x30 ? '0' : block.toString('latin1', leaseAt, valueAt);
          visitor.value(text, block.subarray(valueAt, end), lease);
          at = end;
        } else {
          const octets = kind === entryKinds.ipv4 ? ipv4Octets : ipv6Octets;
          const host = block.toString('latin1', at + 4, at + 4 + octets);
          visitor.address(text, kind as 1 | 2, host, block.readUInt32LE(at));
          at += 4 + octets;
        }
      }
    }
    return true;
  }
}

/** Entries of a block, of which each is whole and begins with no more of a key than there is. */
function countEntries(block: Buffer): number {
  let entries = 0;
  let at = 0;
  let keyOctets = 0;
  for (; at + 4 <= block.length; entries++) {
    const kind = (block[at] as number) & ~notAscii;
    const shared = block[at + 1] as number;
    if (shared > keyOctets || kind > entryKinds.ipv6) break;
    const rest = block.readUInt16LE(at + 2);
    keyOctets = shared + rest;
    at += 4 + rest;
    if (kind === entryKinds.ipv4) at += 4 + ipv4Octets;
    else if (kind === entryKinds.ipv6) at += 4 + ipv6Octets;
    else if (at + 5 > block.length) break;
    else at += 5 + (block[at] as number) + block.readUInt32LE(at + 1);
  }
  if (at !== block.length) throw new Error('has an entry that its block does not hold');
  return entries;
}
