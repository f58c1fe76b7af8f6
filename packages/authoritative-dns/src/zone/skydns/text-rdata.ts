import { joinOctets, splitIntoStrings } from '../../wire/rdata-encoder.ts';
import type { SkydnsMode } from './name-rrsets.ts';
import { octetsOfText } from './octet-text.ts';

/**
 * TXT of a value's text, in strings of 255 octets. In mode `skydns` a backslash escapes as in a zone file, because CoreDNS reads texts
 * so: keys written for it have `\;`, and a backslash that is meant twice.
 */
export function textRdata(text: string, mode: SkydnsMode): Uint8Array {
  const octets = mode === 'skydns' && text.includes('\\') ? unescaped(text) : Buffer.from(text);
  return joinOctets(splitIntoStrings(octets).flatMap((string) => [Uint8Array.of(string.length), string]));
}

/** `\DDD` is one octet; before anything else, and at the end, the backslash goes away. What is no escape is no mistake. */
function unescaped(text: string): Uint8Array {
  const octets = Buffer.from(text).toString('latin1');
  return octetsOfText(
    octets.replaceAll(/\\(?:([0-9]{3})|([^]?))/g, (_escape, decimal: string | undefined, other: string) =>
      decimal === undefined ? other : String.fromCharCode(Number(decimal) & 0xff),
    ),
  );
}
