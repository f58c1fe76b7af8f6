import { maxLabels, maxNameOctets } from '../wire/limits.ts';

const labelStarts = new Uint8Array(maxLabels + 1);
/** Each octet may take two. */
const scratch = Buffer.alloc(maxNameOctets * 2);

/**
 * A text that orders names as RFC 4034 6.1 does when compared with `<`: labels from the right, octets in lower case, a missing octet
 * before the octet zero. Equal for equal names; that of an ancestor is its start, and each label ends in {@link labelEnd}.
 */
export function nameSortKey(name: Uint8Array): string {
  let labels = 0;
  for (let at = 0; (name[at] ?? 0) !== 0; at += (name[at] as number) + 1) labelStarts[labels++] = at;
  let length = 0;
  for (let label = labels - 1; label >= 0; label--) {
    const start = labelStarts[label] as number;
    const end = start + (name[start] as number);
    for (let at = start + 1; at <= end; at++) {
      const octet = name[at] as number;
      if (octet > 1) scratch[length++] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
      else {
        // 0 ends labels, so the octets 0 and 1 become 1 1 and 1 2, which keeps the order.
        scratch[length++] = 1;
        scratch[length++] = octet + 1;
      }
    }
    scratch[length++] = 0;
  }
  return scratch.toString('latin1', 0, length);
}

/** What a label of a {@link nameSortKey} ends in. */
export const labelEnd = '\u0000';

/** Orders RDATA as octets from the left (RFC 4034 6.3). */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
