import { SeamarkError } from '@seamark/common/errors';
import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

const heritage = 'external-dns';

/** What an ownership record says: `owner`, `resource`, and whatever else ExternalDNS keeps there. */
export type OwnershipLabels = Readonly<Record<string, string>>;

/** Options of {@link formatOwnershipText}. */
export interface OwnershipTextOptions {
  /** Puts the text in double quotes, as ExternalDNS stores it. Default true. */
  readonly quotes?: boolean;
}

/**
 * Reads the text of an ownership TXT as ExternalDNS's txt registry writes it, with or without quotes. Keys of other programs and
 * parts without `=` are ignored; a value may contain `=`. Fails when the heritage is missing or not `external-dns`: then the TXT
 * is somebody's ordinary record.
 */
export function tryParseOwnershipText(text: string): ParseResult<OwnershipLabels> {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  let found = false;
  for (const token of text.replaceAll(/^"+|"+$/g, '').split(',')) {
    const equals = token.indexOf('=');
    if (equals < 0) continue;
    const key = token.slice(0, equals);
    const value = token.slice(equals + 1);
    if (key === 'heritage') {
      if (value !== heritage) return unparsable(`its heritage is "${value}"`);
      found = true;
    } else if (key.startsWith(`${heritage}/`)) {
      labels[key.slice(heritage.length + 1)] = value;
    }
  }
  return found ? parsed({ ...labels }) : unparsable('it has no heritage');
}

/**
 * Writes the text of an ownership TXT: heritage first, then the labels sorted by key. Throws SM_CONFIG_INVALID when a label
 * contains a comma or a quotation mark, which the format cannot carry.
 */
export function formatOwnershipText(labels: OwnershipLabels, options: OwnershipTextOptions = {}): string {
  const parts = [`heritage=${heritage}`];
  for (const key of Object.keys(labels).toSorted()) {
    const part = `${heritage}/${key}=${labels[key]}`;
    if (/[,"]/.test(part)) {
      throw new SeamarkError(
        'SM_CONFIG_INVALID',
        `${key} "${labels[key]}" cannot be kept in an ownership record: it contains a comma or a quotation mark`,
      );
    }
    parts.push(part);
  }
  const text = parts.join(',');
  return options.quotes === false ? text : `"${text}"`;
}
