import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { Outcome } from '../../chain/response.ts';
import type { ZoneList } from '../zone-list.ts';
import type { LogFormat } from './log-format.ts';
import { classOfResponse, type ResponseClass } from './response-class.ts';

/** One line of `log`. */
export interface LogRule {
  readonly zones: ZoneList;
  readonly classes: ReadonlySet<ResponseClass>;
  readonly format: LogFormat;
}

/** Writes a line for each question that a rule fits; the first rule that has the name decides. */
export function createLogHandler(rules: readonly LogRule[], write: (line: string) => void): Handler {
  const log = (request: DnsRequest, outcome: Outcome, startedMs: number): Outcome => {
    if ('drop' in outcome) return outcome;
    const rule = rules.find(({ zones }) => zones.match(request.name) !== undefined);
    if (rule !== undefined && (rule.classes.has('all') || rule.classes.has(classOfResponse(outcome)))) {
      write(rule.format({ request, response: outcome, durationMs: performance.now() - startedMs }));
    }
    return outcome;
  };
  return {
    name: 'log',
    handle(request, next) {
      const startedMs = performance.now();
      const outcome = next(request);
      return outcome instanceof Promise ? outcome.then((settled) => log(request, settled, startedMs)) : log(request, outcome, startedMs);
    },
  };
}
