import { tryParseGoDuration } from '@seamark/common/model';

import type { Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';

/** What {@link readDuration} takes. */
export interface DurationLimits {
  readonly leastMs?: number;
  readonly mostMs?: number;
  /** A bare number counts these; without it only `0` needs no unit. */
  readonly bareUnitMs?: number;
}

/** Reads a duration as Go does (`5s`, `1m30s`, `0`) into milliseconds. Throws SM_COREFILE_INVALID, also for negative ones. */
export function readDuration(token: Token, limits: DurationLimits = {}): number {
  const { leastMs = 0, mostMs = Number.POSITIVE_INFINITY, bareUnitMs } = limits;
  const word = JSON.stringify(token.text);
  const durationMs = bareUnitMs !== undefined && /^[0-9]{1,15}$/.test(token.text) ? Number(token.text) * bareUnitMs : parse(token, word);
  if (durationMs < leastMs || durationMs > mostMs) {
    throw corefileError(token.at, `${word} is out of range: it ${rangeText(leastMs, mostMs)}`);
  }
  return durationMs;
}

function parse(token: Token, word: string): number {
  const result = tryParseGoDuration(token.text);
  if (!result.ok) {
    const why = result.problem.startsWith('it is not a duration') ? ' such as 30s or 1m30s' : `: ${result.problem}`;
    throw corefileError(token.at, `${word} is not a duration${why}`, 'Write a duration such as 30s or 1m30s.');
  }
  return Number(result.value) / 1e6;
}

function rangeText(leastMs: number, mostMs: number): string {
  if (mostMs === Number.POSITIVE_INFINITY) return leastMs === 0 ? 'may not be negative' : `must be at least ${durationText(leastMs)}`;
  return `must be at least ${durationText(leastMs)} and at most ${durationText(mostMs)}`;
}

function durationText(ms: number): string {
  if (ms === 0) return '0';
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
