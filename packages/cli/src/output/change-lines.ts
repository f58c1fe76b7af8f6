import { formatObjectRef, objectRefKey } from '@seamark/common';
import { formatDecision, type ReasonStream } from '@seamark/common/reasons';
import { rowOf } from './service-row.ts';

/**
 * Prints one line per changed object on a stream that is not a terminal. `json`: an object `{time, object, addresses, pool, records,
 * warnings}`, the whole present state of the object. `text`: the same for a person. Changes made in one go are one line.
 */
export function printChanges(reasons: ReasonStream, format: 'text' | 'json', write: (line: string) => void): Disposable {
  const changed = new Map<string, Parameters<ReasonStream['of']>[0]>();
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    const lines: string[] = [];
    for (const object of changed.values()) {
      const row = rowOf(reasons.of(object));
      const addresses = row?.addresses ?? [];
      const records = row?.records ?? [];
      const warnings = row?.warnings ?? [];
      if (format === 'json') {
        lines.push(
          JSON.stringify({
            time: new Date().toISOString(),
            object: { kind: object.kind, namespace: object.namespace, name: object.name },
            addresses,
            pool: row?.pool ?? null,
            records,
            warnings: warnings.map(({ code, message, remedy }) => ({ code, message, remedy })),
          }),
        );
        continue;
      }
      const names = records.map((record) => `${record.name} ${record.type} ${record.targets.join(', ')}`);
      const parts = [
        ...(addresses.length > 0 ? [`${addresses.join(', ')} from pool ${row?.pool ?? ''}`] : []),
        ...names,
        ...warnings.map((decision) => `! ${formatDecision(decision)}`),
      ];
      lines.push(`${formatObjectRef(object)}: ${parts.length === 0 ? 'nothing published' : parts.join('; ')}`);
    }
    changed.clear();
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
  };
  const note = (object: Parameters<ReasonStream['of']>[0]): void => {
    changed.set(objectRefKey(object), object);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  for (const decision of reasons.list()) note(decision.object);
  const subscription = reasons.subscribe((change) => note(change.decision.object));
  return {
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      flush();
    },
  };
}
