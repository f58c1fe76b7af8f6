/**
 * A long-lived part of a process. `start` resolves when the part does its work (listening, synced), and rejects when it never
 * will; `stop` ends it gracefully and resolves when nothing of it runs any more. runComponents starts them in dependency order
 * and stops them in the opposite one.
 */
export interface Component {
  readonly name: string;
  /** Names of components that must have started before, and are stopped after. */
  readonly dependsOn?: readonly string[];
  /** `signal` aborts when the process is asked to stop, also while starting. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}
