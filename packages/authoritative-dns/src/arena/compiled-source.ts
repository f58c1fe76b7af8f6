import type { ArenaBatch } from '@seamark/netio';

/** What fills an arena, in the arena's own terms. */
export interface CompiledSource {
  /**
   * Begins to write everything; what the arena had was taken away before. Leaves the arena such that JavaScript is asked whatever
   * {@link fill} has yet to write. Forgets what {@link writeChanges} would have written.
   */
  begin(batch: ArenaBatch): void;
  /**
   * Goes on after {@link begin} until everything is written, which is true then, or until `isEnough`, which is asked before each name.
   * What is written is true at any time between.
   */
  fill(batch: ArenaBatch, isEnough: () => boolean): boolean;
  /** So much has changed that {@link begin} is to be preferred to {@link writeChanges}, which would take the turn for long. */
  isMostlyNew(): boolean;
  /**
   * Writes what changed since `begin` or the last call; nothing when nothing did. May be called before everything is filled. Calls `full`
   * whenever the batch is large enough to be applied and cleared.
   */
  writeChanges(batch: ArenaBatch, full: () => void): void;
}
