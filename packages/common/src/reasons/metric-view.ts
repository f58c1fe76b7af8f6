import { Counter, Gauge, type Registry } from 'prom-client';
import { formatObjectRef } from '../model/object-ref.ts';
import type { ReasonStream } from './reason-stream.ts';

/** Objects that are named in metrics; beyond them the counts by reason go on, so that a storm does not fill a Prometheus. */
const namedObjects = 100;

/**
 * Publishes `seamark_decisions_total{reason}` (made so far), `seamark_decisions{reason}` (holding now) and, for the first hundred that
 * warn, `seamark_warning_since_timestamp_seconds{reason,object}`.
 */
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
  registry.registerMetric(
    new Gauge({
      name: 'seamark_warning_since_timestamp_seconds',
      help: 'Unix time since which a warning about an object holds, by reason code; of at most 100 objects.',
      labelNames: ['reason', 'object'],
      registers: [],
      collect() {
        this.reset();
        const objects = new Set<string>();
        for (const { code, object, severity, sinceMs } of stream.list()) {
          if (severity !== 'warning') continue;
          const name = formatObjectRef(object);
          if (!objects.has(name) && objects.size === namedObjects) continue;
          objects.add(name);
          this.set({ reason: code, object: name }, sinceMs / 1000);
        }
      },
    }),
  );
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
