import type { BlockPart } from '../../chain/setup.ts';

/** When parts that have been ready once are asked again. */
export type MonitorMode = 'until-ready' | 'continuously';

/** Asks the parts of a server block whether they are ready. */
export class Readiness {
  private readonly parts: { readonly name: string; readonly part: BlockPart; wasReady: boolean }[] = [];

  /** Counts on a directive's part. */
  add(name: string, part: BlockPart): void {
    if (part.notReady !== undefined) this.parts.push({ name, part, wasReady: false });
  }

  /** `NAME: why not` of each part that is not ready. */
  waitingFor(mode: MonitorMode): string[] {
    const waiting: string[] = [];
    for (const entry of this.parts) {
      if (entry.wasReady && mode === 'until-ready') continue;
      const reason = entry.part.notReady?.();
      entry.wasReady ||= reason === undefined;
      if (reason !== undefined) waiting.push(`${entry.name}: ${reason}`);
    }
    return waiting;
  }
}
