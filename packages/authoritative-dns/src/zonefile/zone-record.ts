import type { Position } from '../chain/setup.ts';

/** One record of a zone file. */
export interface ZoneRecord {
  /** Uncompressed wire form, lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  /** Uncompressed wire form; names keep the case in which they were written. */
  readonly rdata: Uint8Array;
  /** Where it was written; for $GENERATE the line of the directive. */
  readonly at: Position;
}

/** A problem of a zone file or of the zone in it. */
export interface ZoneProblem {
  /** What rule it breaks: `syntax` for the text, else one of the check's. */
  readonly rule: string;
  /** `error`: the zone does not mean what it says, or cannot be served as written. `warning`: it can be served. */
  readonly severity: 'error' | 'warning';
  /** What is wrong and how to put it right. */
  readonly problem: string;
  readonly at: Position;
}

/** `zones/example.org:12: error: MX: exchange is missing`. */
export function formatZoneProblem({ at, severity, problem }: ZoneProblem): string {
  return `${at.file}:${at.line}: ${severity}: ${problem}`;
}
