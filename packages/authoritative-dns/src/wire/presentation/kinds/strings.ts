import type { FieldKind } from '../field-kind.ts';
import { quoteOctets, unescapeText } from '../char-string-text.ts';
import type { TextField } from '../text-field.ts';
import type { OctetBuilder } from '../octet-builder.ts';

const maxStringOctets = 255; // the length of a character-string is one octet (RFC 1035 3.3)

/** Appends a character-string; returns what is wrong with the word. */
function appendString(field: TextField, out: OctetBuilder): string | undefined {
  const { text, quoted } = field;
  if (text === '' && !quoted) return 'is missing';
  const problem = quoteInside(field);
  if (problem !== undefined) return problem;
  const lengthAt = out.length++;
  if (!text.includes('\\') && text.length <= maxStringOctets) {
    const { octets } = out;
    for (let at = 0; at < text.length; at++) {
      const octet = text.charCodeAt(at);
      if (octet > 0xff) return 'has a character that is not one octet: expand UTF-8 first';
      octets[out.length++] = octet;
    }
    octets[lengthAt] = text.length;
    return undefined;
  }
  const string = unescapeText(text);
  if (!string.ok) return string.problem;
  if (string.value.length > maxStringOctets) {
    return `has ${string.value.length} octets, and ${maxStringOctets} is the most: split it into several strings "…" "…"`;
  }
  out.append(string.value);
  out.octets[lengthAt] = string.value.length;
  return undefined;
}

/** A quote in an unquoted word is nearly always a forgotten blank; other servers disagree on what it means. */
function quoteInside(field: TextField): string | undefined {
  return !field.quoted && field.text.includes('"') && /(?<!\\)(?:\\\\)*"/.test(field.text)
    ? `has a quote inside the word ${field.text}: put a blank before it`
    : undefined;
}

/** One character-string (RFC 1035 3.3). */
export const charString: FieldKind = {
  parse: (input, out) => appendString(input.take(), out),
  end(octets, at, end) {
    const stop = at < end ? at + 1 + (octets[at] as number) : -1;
    return stop <= end ? stop : -1;
  },
  format: (octets, at, end) => quoteOctets(octets, at + 1, end),
};

/** Character-strings up to the end, at least one. */
export const charStrings: FieldKind = {
  parse(input, out) {
    do {
      if (!out.fits(maxStringOctets + 1)) return 'are longer than 65535 octets';
      const problem = appendString(input.take(), out);
      if (problem !== undefined) return problem;
    } while (input.left > 0);
    return undefined;
  },
  end(octets, at, end) {
    let place = at;
    do {
      place = charString.end(octets, place, end);
    } while (place >= 0 && place < end);
    return place;
  },
  format(octets, at, end) {
    const strings: string[] = [];
    for (let place = at; place < end;) {
      const stop = place + 1 + (octets[place] as number);
      strings.push(quoteOctets(octets, place + 1, stop));
      place = stop;
    }
    return strings.join(' ');
  },
};

/** A character-string that may be missing at the end (the subaddress of ISDN, RFC 1183 3.2). */
export const optionalCharString: FieldKind = {
  parse: (input, out) => (input.left === 0 ? undefined : appendString(input.take(), out)),
  end: (octets, at, end) => (at === end ? at : charString.end(octets, at, end)),
  format: (octets, at, end) => (at === end ? '' : charString.format(octets, at, end)),
};

/** The tag of CAA (RFC 8659 4.1): letters and digits behind their length. */
export const caaTag: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    if (!/^[a-z0-9]{1,255}$/i.test(text)) return text === '' ? 'is missing' : `"${text}" is not a tag: letters and digits only`;
    out.uint8(text.length);
    out.append(Buffer.from(text, 'latin1'));
    return undefined;
  },
  end(octets, at, end) {
    const stop = charString.end(octets, at, end);
    if (stop < at + 2) return -1;
    for (let place = at + 1; place < stop; place++) {
      const octet = octets[place] as number;
      const alphanumeric = (octet >= 0x30 && octet <= 0x39) || ((octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a);
      if (!alphanumeric) return -1;
    }
    return stop;
  },
  format: (octets, at, end) => Buffer.from(octets.subarray(at + 1, end)).toString('latin1'),
};

function textToEnd(leastOctets: number): FieldKind {
  return {
    parse(input, out) {
      const field = input.take();
      if (field.text === '' && !field.quoted) return 'is missing';
      const problem = quoteInside(field);
      if (problem !== undefined) return problem;
      const text = unescapeText(field.text);
      if (!text.ok) return text.problem;
      if (text.value.length < leastOctets) return 'is empty';
      if (!out.fits(text.value.length)) return 'is longer than 65535 octets';
      out.append(text.value);
      return undefined;
    },
    end: (_octets, at, end) => (end - at >= leastOctets ? end : -1),
    format: quoteOctets,
  };
}

/** One text that takes all the rest (the value of CAA). */
export const restText = textToEnd(0);
/** {@link restText} that is not empty (the target of URI, RFC 7553 4.4). */
export const restTextNotEmpty = textToEnd(1);
