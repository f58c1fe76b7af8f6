/** `www.example.org` in wire form; labels are ASCII. */
export function wireName(text: string): Uint8Array {
  const labels = text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.from([...labels, 0]);
}

/** A query for a name and type, without EDNS. */
export function query(id: number, name: string, type: number): Uint8Array {
  return Uint8Array.from([id >>> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...wireName(name), type >>> 8, type & 0xff, 0, 1]);
}

/** An A record whose owner is the question's name. */
export function addressRecord(...address: readonly number[]): Uint8Array {
  return Uint8Array.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]);
}

/** A SOA record for negative answers of a zone with this serial, names uncompressed. */
export function soaRecord(serial: number): Uint8Array {
  const names = [...wireName('ns'), ...wireName('host')];
  const numbers = [serial, 1, 2, 3, 4].flatMap((value) => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
  const length = names.length + numbers.length;
  return Uint8Array.from([0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 5, 0, length, ...names, ...numbers]);
}

/** The same query with an OPT that has these options, each as a code and its octets. */
export function withOptions(octets: Uint8Array, ...options: readonly (readonly [code: number, data: Uint8Array])[]): Uint8Array {
  const data = options.flatMap(([code, each]) => [code >>> 8, code & 0xff, 0, each.length, ...each]);
  const changed = Uint8Array.from([...octets, 0, 0, 41, 4, 208, 0, 0, 0, 0, data.length >>> 8, data.length & 0xff, ...data]);
  changed[11] = 1;
  return changed;
}
