import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Snapshot } from '../../snapshot/read-snapshot.ts';
import type { SkydnsZones } from '../../zone/skydns/index.ts';

/** Time of one turn. */
const turnMs = 10;
const entriesPerLook = 256;

/**
 * Fills zones with a snapshot, for `SkydnsZones.restored` to answer from. In slices, so that meanwhile the store is heard and whoever asks
 * is told that it is too early. False once it is not wanted any more; what was taken in until then is for a reset to correct.
 */
export async function restoreSnapshot({ entries }: Snapshot, zones: readonly SkydnsZones[], isWanted: () => boolean): Promise<boolean> {
  const visitor = {
    address(key: string, kind: 1 | 2, host: string, ttlSeconds: number): void {
      for (const each of zones) each.restoreAddress(key, kind, host, ttlSeconds);
    },
    value(key: string, value: Uint8Array, lease: string): void {
      for (const each of zones) each.restoreValue(key, value, lease);
    },
  };
  for (const each of zones) each.reserve(entries.count);
  for (let isOver = false; !isOver;) {
    if (!isWanted()) return false;
    const endsAtMs = performance.now() + turnMs;
    while (!isOver && performance.now() < endsAtMs) isOver = entries.visit(visitor, entriesPerLook);
    if (!isOver) await nextTurn();
  }
  return isWanted();
}
