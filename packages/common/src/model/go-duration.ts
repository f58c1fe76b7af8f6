import { type ParseResult, parsed, unparsable } from './parse-result.ts';

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5 micro sign
  μs: 1_000n, // U+03BC Greek mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const limit = 1n << 63n;

const tooLong = unparsable('it is longer than 292 years');

/**
 * Reads a duration as Go's time.ParseDuration does (`300ms`, `-1.5h`, `2h45m`, `0`) and returns nanoseconds. Refused: no unit,
 * an unknown unit, or more than 2^63-1 ns (292 years).
 */
export function tryParseGoDuration(text: string): ParseResult<bigint> {
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const unsigned = text.slice(sign.length);
  if (unsigned === '0') return parsed(0n);
  if (unsigned === '') return unparsable('it is empty');
  let total = 0n;
  let rest = unsigned;
  while (rest !== '') {
    const part = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/.exec(rest) as RegExpExecArray;
    const [whole, integer = '', fraction = '', unit = ''] = part;
    if (integer === '' && fraction === '') return unparsable('it is not a duration such as 1m30s');
    if (unit === '') return unparsable('it has no unit (ns, us, ms, s, m, h)');
    const scale = Object.hasOwn(unitNanoseconds, unit) ? unitNanoseconds[unit] : undefined;
    if (scale === undefined) return unparsable(`"${unit}" is not a unit (ns, us, ms, s, m, h)`);
    total += BigInt(integer === '' ? 0 : integer) * scale;
    total += fractionOf(fraction, scale);
    if (total > limit) return tooLong;
    rest = rest.slice(whole.length);
  }
  if (sign === '-') return parsed(-total);
  return total === limit ? tooLong : parsed(total);
}

/** Nanoseconds of the digits behind the point; in floating point, like Go, so that `0.3333333333333333333h` is 20 minutes for both. */
function fractionOf(digits: string, scale: bigint): bigint {
  let value = 0n;
  let divisor = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next > limit) break; // further digits cannot count
    value = next;
    divisor *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(scale) / divisor)));
}
