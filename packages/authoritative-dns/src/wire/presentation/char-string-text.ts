import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

const backslash = 0x5c;

/** The octets of a text with `\X` and `\DDD` escapes (RFC 1035 5.1), one per character. */
export function unescapeText(text: string): ParseResult<Uint8Array<ArrayBuffer>> {
  const octets = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let octet = text.charCodeAt(at);
    if (octet === backslash) {
      const escape = readEscape(text, at);
      if (escape < 0) return unparsable(`has "${text.slice(at, at + 4)}", which is no escape: write \\X, or \\DDD up to 255`);
      if (isDigit(text.charCodeAt(at + 1))) at += 3;
      else at += 1;
      octet = escape;
    } else if (octet > 0xff) {
      return unparsable('has a character that is not one octet: expand UTF-8 first');
    }
    octets[length++] = octet;
  }
  return parsed(octets.slice(0, length));
}

/** The octet of the escape whose backslash stands at `at`: `\DDD` takes four characters, all others two; −1 when it is none. */
export function readEscape(text: string, at: number): number {
  const first = text.charCodeAt(at + 1);
  if (!isDigit(first)) return first <= 0xff ? first : -1; // NaN behind the end compares false
  const second = text.charCodeAt(at + 2);
  const third = text.charCodeAt(at + 3);
  if (!isDigit(second) || !isDigit(third)) return -1;
  const value = (first - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30);
  return value <= 255 ? value : -1;
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

/** Octets as a quoted word: `"` and `\` behind a backslash, everything but visible ASCII and the blank as `\DDD`. */
export function quoteOctets(octets: Uint8Array, start: number, end: number): string {
  return `"${escapeOctets(octets, start, end)}"`;
}

/** {@link quoteOctets} without the quotes. */
export function escapeOctets(octets: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) {
    const octet = octets[at] as number;
    if (octet === 0x22 || octet === backslash) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet <= 0x7e) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return text;
}
