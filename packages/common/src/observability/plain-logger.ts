import { logLevels, type LogLevel } from './create-logger.ts';
import type { Logger } from './logger.ts';

/** Options of {@link createPlainLogger}. */
export interface PlainLoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** The line of a message, without its line break. */
  readonly format: (level: LogLevel, message: string) => string;
  readonly destination: { write(text: string): void };
}

/** Creates a logger whose lines are a message and nothing else, for readers that know another program's lines. Fields are left out. */
export function createPlainLogger({ level = 'info', format, destination }: PlainLoggerOptions): Logger {
  const least = logLevels.indexOf(level);
  const write = (each: LogLevel): ((message: string) => void) =>
    logLevels.indexOf(each) < least ? () => undefined : (message) => destination.write(`${format(each, message)}\n`);
  const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: () => logger };
  return logger;
}
