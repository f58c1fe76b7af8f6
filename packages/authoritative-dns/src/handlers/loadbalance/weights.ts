import { addressToBytes, dnsNameFromWire, tryNormalizeDnsName, tryParseAddress, unmapAddress } from '@seamark/common/model';

import { corefileError } from '../../corefile/corefile-error.ts';
import { keyOf } from '../zone-list.ts';

const defaultWeight = 1;
const mostWeight = 255;

/** What a weight file says: which address of which name comes first how often. */
export class Weights {
  private readonly byName = new Map<string, Map<string, number>>();

  /** The weight of an address, 4 or 16 octets, of a name; 1 when the file does not name it. */
  of(owner: Uint8Array, address: Uint8Array): number {
    if (this.byName.size === 0) return defaultWeight;
    return this.byName.get(dnsNameFromWire(owner).toLowerCase())?.get(keyOf(address)) ?? defaultWeight;
  }

  /** Starts the list of a name, or goes on with the one that it has. */
  listOf(name: string): Map<string, number> {
    const list = this.byName.get(name) ?? new Map<string, number>();
    this.byName.set(name, list);
    return list;
  }
}

/**
 * Reads a weight file: a line with a name, then lines with an address and a weight from 1 to 255 each; blank lines and lines that
 * start with `#` are skipped. Throws SM_COREFILE_INVALID with the file and line of the first mistake.
 */
export function readWeights(file: string, text: string): Weights {
  const weights = new Weights();
  let list: Map<string, number> | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [first, second, ...rest] = line.trim().split(/\s+/);
    if (first === undefined || first === '' || first.startsWith('#')) continue;
    const mistake = (problem: string): Error => corefileError({ file, line: index + 1 }, problem, 'Correct the weight file.');
    if (rest.length > 0) throw mistake(`"${line.trim()}" is neither a name nor an address with a weight`);
    const address = tryParseAddress(first);
    if (second === undefined) {
      const name = tryNormalizeDnsName(first);
      if (address.ok) throw mistake(`${first} has no weight`);
      if (!name.ok) throw mistake(`"${first}" is not a name: ${name.problem}`);
      list = weights.listOf(name.value);
      continue;
    }
    if (!address.ok) throw mistake(`"${first}" is not an IP address: ${address.problem}`);
    if (list === undefined) throw mistake(`${first} belongs to no name: a line with the name must stand above`);
    const weight = /^[0-9]{1,3}$/.test(second) ? Number(second) : 0;
    if (weight < 1 || weight > mostWeight) throw mistake(`the weight "${second}" is not a whole number from 1 to ${mostWeight}`);
    list.set(keyOf(addressToBytes(unmapAddress(address.value))), weight);
  }
  return weights;
}
