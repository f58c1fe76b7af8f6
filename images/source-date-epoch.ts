/** Time of every file of an image: SOURCE_DATE_EPOCH, else 1970-01-01. */
export function sourceDateEpoch(): number {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? 0);
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new Error(`SOURCE_DATE_EPOCH=${process.env['SOURCE_DATE_EPOCH']} is no number of seconds since 1970-01-01`);
  }
  return seconds;
}
