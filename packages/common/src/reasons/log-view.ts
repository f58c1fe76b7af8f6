import type { Logger } from '../observability/logger.ts';
import { formatDecision } from './decision.ts';
import type { ReasonStream } from './reason-stream.ts';

/** Writes each decision to the log as it is made: warnings as `warn`, others as `info`; at debug level what ends, and what a restart found well and unchanged. */
export function logDecisions(stream: ReasonStream, logger: Logger): Disposable {
  return stream.subscribe((change) => {
    const { decision } = change;
    if (change.type === 'ended') logger.debug(`no longer: ${decision.message}`, { reason: decision.code });
    else
      logger[decision.severity === 'warning' ? 'warn' : decision.unchanged === true ? 'debug' : 'info'](formatDecision(decision), {
        reason: decision.code,
      });
  });
}
