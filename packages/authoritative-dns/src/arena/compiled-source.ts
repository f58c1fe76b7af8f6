import type { ArenaBatch } from '@seamark/netio';

/** What fills an arena, in the arena's own terms. */
export interface CompiledSource {
  /**
   * Writes everything; what the arena had was taken away before. Calls `full` whenever the batch is large enough to be applied and
   * cleared. Forgets what {@link writeChanges} would have written.
   */
  writeAll(batch: ArenaBatch, full: () => void): void;
  /** Writes what changed since the last call of either; nothing when nothing did. `full` as above. */
  writeChanges(batch: ArenaBatch, full: () => void): void;
}
