import { type Address, addressToBytes, dnsNameToWire, reverseNameOf } from '@seamark/common/model';

import { keyOf } from '../zone-list.ts';

/** The addresses of one name, each 4 or 16 octets, in the order of the lines. */
export interface HostAddresses {
  readonly ipv4: Uint8Array[];
  readonly ipv6: Uint8Array[];
}

/** A name for an address. */
export interface HostEntry {
  readonly address: Address;
  /** Lower-case wire form. One that starts with `*` is a wildcard. */
  readonly name: Uint8Array;
}

const asterisk = '\u0001*';

/** Names with their addresses and, if so wished, addresses with their names. Does not change once it is made. */
export class HostsTable {
  /** Addresses of names, and names of addresses, together. */
  readonly entries: number;
  private readonly byName = new Map<string, HostAddresses>();
  private readonly byReverseName = new Map<string, Uint8Array[]>();

  /** Keeps the order of the entries; one that stands twice counts once. */
  constructor(entries: Iterable<HostEntry>, options: { readonly withReverse: boolean }) {
    let count = 0;
    const seen = new Set<string>(); // lists of blocked names give one address a hundred thousand names
    const namesByAddress = new Map<Address, Uint8Array[]>();
    for (const { address, name } of entries) {
      const key = keyOf(name);
      const octets = addressToBytes(address);
      const pair = `${String(address)} ${key}`;
      if (seen.has(pair)) continue;
      seen.add(pair);
      const addresses = this.byName.get(key) ?? { ipv4: [], ipv6: [] };
      this.byName.set(key, addresses);
      (octets.length === 4 ? addresses.ipv4 : addresses.ipv6).push(octets);
      count++;
      if (!options.withReverse || key.startsWith(asterisk)) continue;
      const names = namesByAddress.get(address);
      if (names === undefined) namesByAddress.set(address, [name]);
      else names.push(name);
      count++;
    }
    for (const [address, names] of namesByAddress) this.byReverseName.set(keyOf(dnsNameToWire(reverseNameOf(address))), names);
    this.entries = count;
  }

  /** What a name has; else what the wildcard in place of its first label has. */
  find(name: Uint8Array): HostAddresses | undefined {
    const first = name[0] as number;
    return this.byName.get(keyOf(name)) ?? (first === 0 ? undefined : this.byName.get(asterisk + keyOf(name, first + 1)));
  }

  /** The names of the address that a reverse name stands for. */
  namesOf(reverseName: Uint8Array): readonly Uint8Array[] | undefined {
    return this.byReverseName.get(keyOf(reverseName));
  }
}
