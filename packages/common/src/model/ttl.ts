import { tryParseGoDuration } from './go-duration.ts';
import { type ParseResult, parsed, unparsable } from './parse-result.ts';

/** The largest TTL of a record (RFC 2181 8). */
export const maxTtlSeconds = 2_147_483_647;

/**
 * Reads the text of a ttl annotation as ExternalDNS does: a Go duration of which fractions of a second are cut (`1m30s`, `2.9s` is
 * 2), or a whole number of seconds; the result is 1..2147483647. Everything else, 0 included, is refused: the record then has no
 * TTL of its own.
 */
export function tryParseTtlSeconds(text: string): ParseResult<number> {
  const duration = tryParseGoDuration(text);
  // Longer texts cannot be in range and would only cost time.
  const seconds = duration.ok
    ? duration.value / 1_000_000_000n
    : /^[-+]?[0-9]{1,40}$/.test(text)
      ? BigInt(text.replace(/^\+/, ''))
      : undefined;
  if (seconds === undefined) return unparsable('it is neither whole seconds nor a duration such as 1m30s');
  if (seconds < 1n || seconds > BigInt(maxTtlSeconds)) return unparsable(`it is outside 1..${maxTtlSeconds} seconds`);
  return parsed(Number(seconds));
}
