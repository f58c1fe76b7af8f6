import type { KeyValue, MirrorFold, RevisionEvents } from '@seamark/kv-store-client';

/** One stored key, as small as it can be: a million names are held. `value` is the bytes as latin1 text. */
export interface StoredKey {
  readonly leaf: string;
  readonly modRevision: number;
  readonly value: string;
  /** The key as stored; only when it is not its bucket's key, a slash and the leaf (upper case in the store). */
  readonly key?: string;
}

/** A change of one key: its value before and after; undefined = the key does not exist. */
export interface KeyChange {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The bytes of a stored value. */
export function valueBytes(value: string): Uint8Array {
  return Buffer.from(value, 'latin1');
}

/** The stored text of bytes. */
export function valueText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Values whose name is more than one label above the key: MX and SRV of ours; ExternalDNS writes none, people may. */
const deepStrip = /"targetstrip"\s*:\s*([2-9]|[1-9]\d+)/i;

/**
 * Every key below the prefix, filed by its parent key, so that the keys of a name are found by one look-up and no second copy of
 * keys or names is held. It folds a mirror; values are decoded by its readers, when they are needed.
 */
export class KeyIndex implements MirrorFold {
  readonly #buckets = new Map<string, StoredKey | readonly StoredKey[]>();
  /** Keys with a targetstrip above 1, by the key of their name: few, so they are listed a second time. */
  readonly #deep = new Map<string, Set<string>>();
  readonly #onChange: (change: KeyChange) => void;
  readonly #onReset: () => void;
  #version = 0;
  #size = 0;

  /** `onChange` hears of each changed key, `onReset` that everything may have changed. Both after the index has. */
  constructor(onChange: (change: KeyChange) => void, onReset: () => void) {
    this.#onChange = onChange;
    this.#onReset = onReset;
  }

  /** Grows with every change: what was read at the same version is still true. */
  get version(): number {
    return this.#version;
  }

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  reset(entries: readonly KeyValue[]): void {
    this.#version++;
    this.#size = 0;
    this.#buckets.clear();
    this.#deep.clear();
    for (const entry of entries) this.#set(entry.key, entry.modRevision, valueText(entry.value));
    this.#onReset();
  }

  apply(batch: RevisionEvents): void {
    this.#version++;
    const changes: KeyChange[] = [];
    for (const event of batch.events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const before = this.#get(key)?.value;
      if (event.type === 'put') {
        const after = valueText(event.entry.value);
        this.#set(key, event.entry.modRevision, after);
        changes.push({ key, before, after });
      } else {
        this.#delete(key);
        if (before !== undefined) changes.push({ key, before, after: undefined });
      }
    }
    for (const change of changes) this.#onChange(change);
  }

  /** The keys one segment below a key (given without final slash). */
  below(parent: string): readonly StoredKey[] {
    const bucket = this.#buckets.get(parent);
    if (bucket === undefined) return [];
    return isList(bucket) ? bucket : [bucket];
  }

  /** The stored keys that are exactly `key`, in any case. */
  at(key: string): readonly StoredKey[] {
    const [parent, leaf] = split(key);
    return this.below(parent).filter((stored) => stored.leaf === leaf);
  }

  /** Keys whose targetstrip, above 1, makes them records of the name at `key`. */
  deepBelow(key: string): Iterable<string> {
    return this.#deep.size === 0 ? [] : (this.#deep.get(key) ?? []);
  }

  /** Every key with what is stored there. */
  *all(): Iterable<readonly [string, StoredKey]> {
    for (const parent of this.#buckets.keys())
      for (const stored of this.below(parent)) yield [stored.key ?? `${parent}/${stored.leaf}`, stored];
  }

  #get(key: string): StoredKey | undefined {
    const [parent, leaf] = split(key);
    return this.below(parent).find((stored) => stored.leaf === leaf && (stored.key ?? key) === key);
  }

  #set(key: string, modRevision: number, value: string): void {
    const [parent, leaf] = split(key);
    const stored: StoredKey = `${parent}/${leaf}` === key ? { leaf, modRevision, value } : { leaf, modRevision, value, key };
    this.#forgetDeep(key);
    const strip = deepStrip.exec(value);
    if (strip !== null) {
      const name = ancestorOf(key, Number(strip[1]));
      const keys = this.#deep.get(name) ?? new Set();
      this.#deep.set(name, keys.add(key));
    }
    const bucket = this.below(parent);
    const index = bucket.findIndex((other) => other.leaf === leaf && other.key === stored.key);
    if (index < 0) this.#size++;
    if (bucket.length === 0 || (bucket.length === 1 && index === 0)) this.#buckets.set(parent, stored);
    else this.#buckets.set(parent, index < 0 ? [...bucket, stored] : bucket.with(index, stored));
  }

  #forgetDeep(key: string): void {
    if (this.#deep.size === 0) return;
    const strip = deepStrip.exec(this.#get(key)?.value ?? '');
    if (strip === null) return;
    const name = ancestorOf(key, Number(strip[1]));
    const keys = this.#deep.get(name);
    keys?.delete(key);
    if (keys?.size === 0) this.#deep.delete(name);
  }

  #delete(key: string): void {
    const [parent, leaf] = split(key);
    this.#forgetDeep(key);
    const bucket = this.below(parent);
    const rest = bucket.filter((stored) => stored.leaf !== leaf || (stored.key ?? `${parent}/${leaf}`) !== key);
    this.#size -= bucket.length - rest.length;
    if (rest.length === 0) this.#buckets.delete(parent);
    else this.#buckets.set(parent, rest.length === 1 ? (rest[0] as StoredKey) : rest);
  }
}

function isList(bucket: StoredKey | readonly StoredKey[]): bucket is readonly StoredKey[] {
  return Array.isArray(bucket);
}

/** The key `count` segments up, in lower case. */
function ancestorOf(key: string, count: number): string {
  return key.toLowerCase().split('/').slice(0, -count).join('/');
}

/** Parent and last segment, both in lower case: DNS does not know case, and ExternalDNS stores names as they were typed. */
function split(key: string): readonly [string, string] {
  const lower = key.toLowerCase();
  const slash = lower.lastIndexOf('/');
  return [lower.slice(0, slash), lower.slice(slash + 1)];
}
