import { type Address, tryDnsNameToWire, tryNormalizeDnsName, tryParseZonedAddress } from '@seamark/common/model';

/** A line of a hosts file: an address and the names that it has. */
export interface HostsLine {
  readonly address: Address;
  /** Lower-case wire form. */
  readonly names: readonly Uint8Array[];
  /** Words that are not names. */
  readonly unreadable: readonly string[];
}

/**
 * Reads a line of hosts(5): an address, then names; `#` starts a comment. The zone of an IPv6 address is dropped. `undefined` for a
 * line without an address, or without anything behind it.
 */
export function readHostsLine(line: string): HostsLine | undefined {
  const [first, ...words] = wordsOf(line);
  if (first === undefined || words.length === 0) return undefined;
  const parsed = tryParseZonedAddress(first);
  if (!parsed.ok) return undefined;
  const names: Uint8Array[] = [];
  const unreadable: string[] = [];
  for (const word of words) {
    const name = tryNormalizeDnsName(word);
    const wire = name.ok ? tryDnsNameToWire(name.value) : name;
    if (wire.ok) names.push(wire.value);
    else unreadable.push(word);
  }
  return { address: parsed.value.address, names, unreadable };
}

/** What is wrong with a line, in words; `undefined` for an entry, a comment, and a blank line. `read` is what it gave. */
export function hostsLineProblem(line: string, read: HostsLine | undefined): string | undefined {
  if (read !== undefined) {
    return read.unreadable.length === 0 ? undefined : `${read.unreadable.map((word) => JSON.stringify(word)).join(', ')} is not a name`;
  }
  const [first = ''] = wordsOf(line);
  if (first === '') return undefined;
  return tryParseZonedAddress(first).ok ? 'no name behind the address' : `${JSON.stringify(first)} is not an address`;
}

function wordsOf(line: string): string[] {
  const comment = line.indexOf('#');
  return (comment < 0 ? line : line.slice(0, comment)).trim().split(/\s+/);
}
