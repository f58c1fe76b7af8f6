/** Structured logging; `fields` become JSON members, or `key=value` on a terminal. Made by createLogger (pino). */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry `component`, in the place of its own. */
  child(component: string): Logger;
}

/** Members of a log line. `err` is written with code, message and cause chain. Never pass secrets. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly err?: unknown };
