import type { Cluster } from '../cluster/cluster.ts';
import { reasonCatalogue } from './catalogue.ts';
import { type Decision, formatDecision } from './decision.ts';
import type { ReasonDefinition } from './reason-definition.ts';
import type { ReasonStream } from './reason-stream.ts';

/** Options of {@link recordDecisions}. */
export interface RecordDecisionsOptions {
  readonly stream: ReasonStream;
  readonly cluster: Cluster;
  /** Who says it: `seamark-lb-controller`. */
  readonly reportingComponent: string;
  /** False while this process only stands by: the leader records what both of them decide. Default: always true. */
  readonly isLeading?: () => boolean;
}

/** The running view; disposing it ends it. */
export interface DecisionRecorder extends Disposable {
  /** Records everything that holds now and was decided while standing by; called when leadership begins. */
  catchUp(): void;
}

/**
 * Records each decision whose catalogue entry has an `eventReason` as a Kubernetes Event on its object, so that `kubectl describe`
 * says what the log says. What was only found unchanged after a restart is not recorded again.
 */
export function recordDecisions(options: RecordDecisionsOptions): DecisionRecorder {
  const { stream, cluster, reportingComponent } = options;
  const missed = new Set<Decision>();
  const record = (decision: Decision): void => {
    const definition: ReasonDefinition<never> = reasonCatalogue[decision.code];
    if (definition.eventReason === undefined || decision.unchanged === true) return;
    cluster.recordEvent({
      regarding: decision.object,
      type: decision.severity === 'warning' ? 'Warning' : 'Normal',
      reason: definition.eventReason,
      message: formatDecision(decision),
      reportingComponent,
    });
  };
  const subscription = stream.subscribe((change) => {
    if (change.type === 'ended') missed.delete(change.decision);
    else if (options.isLeading?.() ?? true) record(change.decision);
    else {
      if (change.previous !== undefined) missed.delete(change.previous);
      missed.add(change.decision);
    }
  });
  return {
    catchUp() {
      for (const decision of missed) record(decision);
      missed.clear();
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}
