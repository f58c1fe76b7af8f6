const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a TTL as zone files write it: a number, or numbers with the units w d h m s (`1h30m`, in any case). −1 when it is none
 * or above 2^32 − 1.
 */
export function parseTtl(text: string): number {
  let total = 0;
  let value = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (++digits > 10) return -1;
      continue;
    }
    const unit = unitSeconds[(text[at] as string).toLowerCase()];
    if (unit === undefined || digits === 0) return -1;
    total += value * unit;
    value = digits = 0;
  }
  if (digits > 0 && total > 0) return -1; // 1h30: a number without its unit
  total += value;
  return text !== '' && total <= 0xffff_ffff ? total : -1;
}
