import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '@seamark/common/config';
import { createLogger, createMetrics, type Logger, type ReadinessCheck } from '@seamark/common/observability';
import { createReasonStream, logDecisions, measureDecisions, type ReasonStream } from '@seamark/common/reasons';
import { version } from '../version.ts';

/** What every component of a process shares. */
export interface Runtime {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly reasons: ReasonStream;
  readonly readiness: Map<string, ReadinessCheck>;
}

/**
 * Makes the shared parts; decisions flow to the log and the metrics from here on. `logFile`: log there instead of standard error, for
 * a terminal that shows something else.
 */
export function createRuntime(config: Config, component: string, logFile?: string): Runtime {
  const logger = createLogger({
    level: config.process.logLevel,
    format: logFile !== undefined && config.process.logFormat === 'auto' ? 'text' : config.process.logFormat,
    ...(logFile === undefined ? {} : { destination: openLogFile(logFile), color: false }),
  });
  const metrics = createMetrics({ version, component });
  const reasons = createReasonStream({ onListenerError: (message) => logger.error(`a view of decisions failed: ${message}`) });
  logDecisions(reasons, logger);
  measureDecisions(reasons, metrics);
  return { config, logger, metrics, reasons, readiness: new Map() };
}

function openLogFile(file: string): { write(text: string): void } {
  mkdirSync(dirname(file), { recursive: true });
  return { write: (text) => appendFileSync(file, text) };
}
