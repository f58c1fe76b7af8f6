import { createPlainLogger, gapText, type Logger, type LogLevel, standardOutput } from '@seamark/common/observability';

const levelNames: Readonly<Record<LogLevel, string>> = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/**
 * The logger, but with the lines of the directives `log` and `errors` on standard output, letter by letter as CoreDNS has them there:
 * programs that read query logs know that form.
 */
export function withCorednsLines(logger: Logger, level: LogLevel): Logger {
  const output = standardOutput();
  output.onGap = (lines) => output.write(`[ERROR] ${gapText(lines)}\n`);
  const plain = (prefix: string): Logger =>
    createPlainLogger({ level, destination: output, format: (each, message) => `[${levelNames[each]}] ${prefix}${message}` });
  const byComponent = new Map([
    ['log', plain('')],
    ['errors', plain('plugin/errors: ')],
  ]);
  const wrap = (wrapped: Logger): Logger => ({
    debug: (message, fields) => wrapped.debug(message, fields),
    info: (message, fields) => wrapped.info(message, fields),
    warn: (message, fields) => wrapped.warn(message, fields),
    error: (message, fields) => wrapped.error(message, fields),
    child: (component) => byComponent.get(component) ?? wrap(wrapped.child(component)),
  });
  return wrap(logger);
}
