/** Distinguished Encoding Rules (X.690) for what a certificate needs; encoding only. */

/** Tag, length and content. */
function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  let length = Buffer.from([body.length]);
  if (body.length > 127) {
    const bytes = [];
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
    length = Buffer.from([0x80 + bytes.length, ...bytes]);
  }
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const octetString = (content: Uint8Array): Buffer => element(0x04, content);
export const booleanTrue: Buffer = element(0x01, Buffer.from([0xff]));

/** Context-specific tag; `constructed` wraps other elements, else the content is raw. */
export const tagged = (tag: number, content: Uint8Array, constructed: boolean): Buffer =>
  element((constructed ? 0xa0 : 0x80) + tag, content);

/** A number from 0 on, given as its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = start < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(start));
  // The first bit is the sign.
  return (minimal[0] as number) > 127 ? element(0x02, Buffer.from([0]), minimal) : element(0x02, minimal);
}

/** Bits from the first one on; `unusedBits` at the end do not count. */
export const bitString = (content: Uint8Array, unusedBits = 0): Buffer => element(0x03, Buffer.from([unusedBits]), content);

/** Dotted text: `2.5.29.17`. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(128 + (left % 128));
    bytes.push(...digits);
  }
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, to the second (RFC 5280, section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}
