import { maxNameOctets } from '@seamark/common/model';

/** Octets of the name in wire form that starts at `start`, its root included. */
export function nameLengthAt(octets: Uint8Array, start: number): number {
  let at = start;
  while ((octets[at] ?? 0) !== 0) at += (octets[at] as number) + 1;
  return at + 1 - start;
}

/** The same name in lower case; the same array when it is so already. */
export function lowerCaseName(name: Uint8Array): Uint8Array {
  for (const octet of name)
    if (octet >= 0x41 && octet <= 0x5a) return name.map((each) => (each >= 0x41 && each <= 0x5a ? each | 0x20 : each));
  return name;
}

/** Whether two names are the same (RFC 4343). */
export function isSameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(lowerCaseName(a), lowerCaseName(b)) === 0;
}

/** Whether a name is `ancestor` or stands below it; any case. */
export function isAtOrBelow(name: Uint8Array, ancestor: Uint8Array): boolean {
  let at = 0;
  while (name.length - at > ancestor.length) at += (name[at] as number) + 1;
  return isSameName(name.subarray(at), ancestor);
}

/** The ancestor of a name, or itself, that has `octets` octets. */
export function ancestorOfLength(name: Uint8Array, octets: number): Uint8Array {
  return name.subarray(name.length - octets);
}

/** The ancestor of a name, or itself, that is one label longer than the ancestor of `octets` octets: its "next closer name". */
export function nextCloser(name: Uint8Array, octets: number): Uint8Array {
  let at = 0;
  for (;;) {
    const next = at + (name[at] as number) + 1;
    if (name.length - next <= octets) return name.subarray(at);
    at = next;
  }
}

/** A name with its last `replaced` octets exchanged for `target` (RFC 6672 2.2); `undefined` when the result is too long to be a name. */
export function replaceSuffix(name: Uint8Array, replaced: number, target: Uint8Array): Uint8Array | undefined {
  const kept = name.length - replaced;
  if (kept + target.length > maxNameOctets) return undefined;
  const result = new Uint8Array(kept + target.length);
  result.set(name.subarray(0, kept));
  result.set(target, kept);
  return result;
}

/** `*.` before a name; `undefined` when that is too long to be a name. */
export function wildcardOf(name: Uint8Array): Uint8Array | undefined {
  return name.length + 2 > maxNameOctets ? undefined : Uint8Array.of(1, 0x2a, ...name);
}

/** The order of names in a signed zone (RFC 4034 6.1): by label from the last, octet by octet, lower case. Takes lower case. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const left = labelStarts(a);
  const right = labelStarts(b);
  for (let back = 1; back <= Math.min(left.length, right.length); back++) {
    const leftAt = left[left.length - back] as number;
    const rightAt = right[right.length - back] as number;
    const order = Buffer.compare(
      a.subarray(leftAt + 1, leftAt + 1 + (a[leftAt] as number)),
      b.subarray(rightAt + 1, rightAt + 1 + (b[rightAt] as number)),
    );
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function labelStarts(name: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; (name[at] ?? 0) !== 0; at += (name[at] as number) + 1) starts.push(at);
  return starts;
}
