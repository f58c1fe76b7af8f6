/** A record as the second decoder sees it: name and RDATA in uncompressed wire form as hex. */
export interface PlainRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdata: string;
}

/** Octets in front of the names in RDATA, `s` for a character-string, and how many names, for the types of RFC 3597 section 4. */
const compressible: Readonly<Record<number, readonly [string, number]>> = {
  2: ['', 1],
  3: ['', 1],
  4: ['', 1],
  5: ['', 1],
  6: ['', 2],
  7: ['', 1],
  8: ['', 1],
  9: ['', 1],
  12: ['', 1],
  14: ['', 2],
  15: ['..', 1],
  17: ['', 2],
  18: ['..', 1],
  21: ['..', 1],
  24: ['..................', 1],
  26: ['..', 2],
  30: ['', 1],
  33: ['......', 1],
  35: ['....sss', 1],
  36: ['..', 1],
  39: ['', 1],
};

/**
 * A decoder of whole messages that shares nothing with the codec: recursive where that one loops, strings of hex where that one has
 * octets. Slow and plain. Throws RangeError for a message that is cut.
 */
export function secondDecode(message: Uint8Array): readonly PlainRecord[][] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 12;
  const hex = (from: number, to: number): string => {
    if (to > view.byteLength) throw new RangeError('cut');
    return Buffer.from(message.subarray(from, to)).toString('hex');
  };
  /** The name at a place as hex, and where reading goes on behind it. */
  const nameAt = (place: number): readonly [string, number] => {
    const length = view.getUint8(place);
    if (length === 0) return ['00', place + 1];
    if (length >= 192) return [nameAt(view.getUint16(place) - 0xc000)[0], place + 2];
    const [rest, end] = nameAt(place + 1 + length);
    return [hex(place, place + 1 + length) + rest, end];
  };
  const name = (): string => {
    const [text, end] = nameAt(at);
    at = end;
    return text;
  };
  const record = (): PlainRecord => {
    const owner = name();
    const [type, recordClass, ttl, length] = [view.getUint16(at), view.getUint16(at + 2), view.getUint32(at + 4), view.getUint16(at + 8)];
    at += 10;
    const end = at + length;
    let rdata = '';
    const [front, names] = length === 0 ? ['', 0] : (compressible[type] ?? ['', 0]);
    for (const part of front) {
      const octets = part === 's' ? 1 + view.getUint8(at) : 1;
      rdata += hex(at, at + octets);
      at += octets;
    }
    for (let count = 0; count < names; count++) rdata += name();
    rdata += hex(at, end);
    at = end;
    return { name: owner, type, class: recordClass, ttl, rdata };
  };
  for (let questions = view.getUint16(4); questions > 0; questions--) {
    name();
    at += 4;
  }
  return [6, 8, 10].map((countAt) => Array.from({ length: view.getUint16(countAt) }, record));
}
