const levelNames: Readonly<Record<string, string>> = { debug: 'DEBUG', info: 'INFO ', warn: 'WARN ', error: 'ERROR' };
const levelColors: Readonly<Record<string, string>> = { debug: '\u001b[2m', info: '\u001b[32m', warn: '\u001b[33m', error: '\u001b[31m' };

/** Turns one JSON log line into `07:31:02.114 WARN  dns-sync  message  key=value`; a line that is not JSON is passed through. */
export function formatLogLine(line: string, color: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, msg, component, err, ...fields } = record;
  const name = levelNames[String(level)] ?? String(level);
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const painted = color ? `${levelColors[String(level)] ?? ''}${name}\u001b[0m` : name;
  const parts = [clock, painted, ...(component === undefined ? [] : [asText(component)]), asText(msg ?? '')];
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${asText(value)}`);
  return `${parts.join('  ')}${describe(err)}\n`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe(err: unknown): string {
  if (typeof err !== 'object' || err === null) return err === undefined ? '' : `  error=${asText(err)}`;
  const { code, causes, stack } = err as { code?: string; causes?: readonly string[]; stack?: string };
  const chain = causes === undefined ? '' : `  because: ${causes.join(': ')}`;
  return `${code === undefined ? '' : `  [${code}]`}${chain}${stack === undefined ? '' : `\n${stack}`}`;
}
