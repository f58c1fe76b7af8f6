import { isatty } from 'node:tty';
import { pino, type DestinationStream } from 'pino';
import { isSeamarkError } from '../errors/index.ts';
import { gapText } from './bounded-writer.ts';
import { formatLogLine } from './log-line.ts';
import type { LogFields, Logger } from './logger.ts';
import { standardError } from './standard-streams.ts';

/** Levels from most to least talkative. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Options of {@link createLogger}. */
export interface CreateLoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** `text`: one line that a person can read. `json`: one object a line. `auto` (default): text on a terminal, JSON when piped. */
  readonly format?: 'auto' | 'text' | 'json';
  /** Where lines go. Default standard error, so that standard output stays for results. */
  readonly destination?: { write(text: string): void };
  /** Colours in text form. Default: when standard error is a terminal and NO_COLOR is unset. */
  readonly color?: boolean;
}

/**
 * Creates the process's logger. A line is written at once, so none is lost in a crash; a reader of standard error that stands still
 * holds nothing up: see `BoundedWriter`. Members named like secrets are never written.
 */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  const terminal = isatty(2);
  const json = options.format === 'json' || ((options.format ?? 'auto') === 'auto' && !terminal);
  const color = options.color ?? (terminal && process.env['NO_COLOR'] === undefined);
  const sink: DestinationStream = options.destination ?? standardError();
  const stream: DestinationStream = json ? sink : { write: (line: string) => sink.write(formatLogLine(line, color)) };
  const base = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['password', 'token', 'secret', 'keyData', '*.password', '*.token', '*.secret'], censor: '[hidden]' },
      serializers: { err: describeError },
    },
    stream,
  );
  // As an error, since it must show whatever the level: lines of any level may be missing.
  if (options.destination === undefined) standardError().onGap = (lines) => base.error(gapText(lines));
  return wrap(base, base);
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

/** Children are made of the first logger: pino would write a member that two generations have twice, which strict readers refuse. */
function wrap(logger: pino.Logger, first: pino.Logger): Logger {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (fields === undefined) logger[level](message);
    else logger[level](fields, message);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (component) => wrap(first.child({ component }), first),
  };
}

/** code, message and the chain of causes; the stack only for what is not a SeamarkError, because that is a defect. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause.message);
  return {
    ...(isSeamarkError(error) ? { code: error.code } : { stack: error.stack }),
    message: error.message,
    ...(causes.length === 0 ? {} : { causes }),
  };
}
