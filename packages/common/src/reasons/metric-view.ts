import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReasonStream } from './reason-stream.ts';

/** Publishes `seamark_decisions_total{reason}` (made so far) and `seamark_decisions{reason}` (holding now). */
export function measureDecisions(stream: ReasonStream, registry: Registry): Disposable {
  const made = new Counter({
    name: 'seamark_decisions_total',
    help: 'Decisions about objects made so far, by reason code.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const holding = new Gauge({
    name: 'seamark_decisions',
    help: 'Decisions about objects that hold now, by reason code.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return stream.subscribe((change) => {
    if (change.type === 'ended') {
      holding.labels(change.decision.code).dec();
      return;
    }
    made.labels(change.decision.code).inc();
    holding.labels(change.decision.code).inc();
    if (change.previous !== undefined) holding.labels(change.previous.code).dec();
  });
}
