import { maxLabelOctets, maxNameOctets } from '@seamark/common/model';

import { nodeName, type Zone, type ZoneNode, type ZoneTree } from '../tree/index.ts';
import { isPlainOctet, readKeyName } from './key-name.ts';

/** Where the names of a run stand. */
interface RunPlace<T, H> {
  /** Of the keys, up to the last slash. */
  readonly start: string;
  readonly parent: ZoneNode<T>;
  /** The parent's name at the end; the names' first labels are written in front of it. */
  readonly name: Uint8Array;
  readonly held: H;
}

/**
 * Names that come one after the other below the same parent, as most keys do that come in order: their keys have all but the last
 * segment in common, so that only that has to be read, and only it to be looked up.
 */
export class NameRun<T, H extends object> {
  private readonly tree: ZoneTree<T>;
  private readonly prefix: string;
  private readonly heldOf: (zone: Zone<T>) => H | undefined;
  private place: RunPlace<T, H> | undefined;
  private counted = 0;

  /** `heldOf`: what is kept of a zone, `undefined` = its names take the way of all others. */
  constructor(tree: ZoneTree<T>, prefix: string, heldOf: (zone: Zone<T>) => H | undefined) {
    this.tree = tree;
    this.prefix = prefix;
    this.heldOf = heldOf;
  }

  /** Whether a key goes on with the run. */
  contains(key: string): boolean {
    const { place } = this;
    return place !== undefined && key.lastIndexOf('/') === place.start.length - 1 && key.startsWith(place.start);
  }

  /**
   * A node without data for a key that goes on with the run, or begins one after {@link end}; `undefined` = the key takes the way of all
   * others. It must get data.
   */
  newNode(key: string): ZoneNode<T> | undefined {
    const slash = key.lastIndexOf('/');
    this.place ??= this.begin(key.slice(0, slash + 1));
    if (this.place === undefined) return undefined;
    const { name, parent } = this.place;
    const length = key.length - slash - 1;
    const start = name.length - parent.key.length - length - 1;
    if (length === 0 || length > maxLabelOctets || start < 0) return undefined;
    name[start] = length;
    for (let at = 1; at <= length; at++) {
      const code = key.charCodeAt(slash + at);
      if (!isPlainOctet(code)) return undefined;
      name[start + at] = code;
    }
    const node = this.tree.ensureChild(parent, name, start);
    return node.payload === undefined ? node : undefined;
  }

  /** Counts a name that got data. */
  count(): void {
    this.counted++;
  }

  /** Ends the run, if there is one: what it was below, and how many names were counted. */
  end(): { readonly parent: ZoneNode<T> | undefined; readonly held: H | undefined; readonly count: number } {
    const { place, counted } = this;
    this.place = undefined;
    this.counted = 0;
    return { parent: place?.parent, held: place?.held, count: counted };
  }

  private begin(start: string): RunPlace<T, H> | undefined {
    const { prefix, tree } = this;
    const keyName = start.length > prefix.length ? readKeyName(prefix, start.slice(0, -1)) : undefined;
    // Keys in another form than their paths take the way of all others.
    if (keyName?.ok !== true || keyName.value.path.length !== start.length - 1 || !start.startsWith(keyName.value.path)) return undefined;
    const { node: parent, wildcard } = tree.find(keyName.value.name);
    const zone = parent === undefined || wildcard ? undefined : tree.zoneOf(parent);
    const held = zone === undefined ? undefined : this.heldOf(zone);
    if (parent === undefined || held === undefined) return undefined;
    const name = new Uint8Array(maxNameOctets);
    name.set(nodeName(parent), name.length - parent.key.length);
    return { start, parent, name, held };
  }
}
