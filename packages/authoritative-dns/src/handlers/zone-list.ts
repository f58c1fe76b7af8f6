import { dnsNameToWire } from '@seamark/common/model';

/** Zones as a directive lists them, to be asked which of them a question belongs to. */
export class ZoneList {
  private readonly byName = new Map<string, string>();

  /** `zones` in lower-case presentation form: `example.org.`, `.`. */
  constructor(zones: readonly string[]) {
    for (const zone of zones) this.byName.set(keyOf(dnsNameToWire(zone)), zone);
  }

  get size(): number {
    return this.byName.size;
  }

  /** The longest zone that a name, in lower-case wire form, is or is below. */
  match(name: Uint8Array): string | undefined {
    if (this.byName.size === 0) return undefined;
    for (let at = 0; at < name.length; at += (name[at] as number) + 1) {
      const zone = this.byName.get(keyOf(name, at));
      if (zone !== undefined) return zone;
    }
    return undefined;
  }
}

/** A name in wire form as a key of maps: one character per octet, from octet `start` on. */
export function keyOf(name: Uint8Array, start = 0): string {
  return Buffer.from(name.buffer, name.byteOffset + start, name.length - start).toString('latin1');
}
