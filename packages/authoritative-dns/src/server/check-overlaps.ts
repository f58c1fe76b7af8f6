import type { SeamarkError } from '@seamark/common/errors';

import { corefileError, formatPosition } from '../corefile/corefile-error.ts';
import { formatServerKey, type ServerKey } from '../corefile/server-key.ts';
import type { ConfiguredBlock } from './corefile-version.ts';
import { formatListenerKey, listenersOf } from './listener-key.ts';

/** What is wrong with blocks that are each right: the same zone twice at one listener, or bound and unbound on one port. */
export function overlapProblems(blocks: readonly Pick<ConfiguredBlock, 'keys' | 'listen'>[]): SeamarkError[] {
  const problems: SeamarkError[] = [];
  const taken = new Map<string, ServerKey>();
  const bound = new Map<string, ServerKey>();
  for (const { keys, listen } of blocks) {
    for (const key of keys) {
      const zone = formatServerKey(key);
      for (const listener of listenersOf(key, listen)) {
        const name = `${formatListenerKey(listener)} ${zone}`;
        const unbound = taken.get(`${formatListenerKey({ ...listener, host: '' })} ${zone}`);
        const same = taken.get(name);
        if (same !== undefined) {
          problems.push(corefileError(key.token.at, `${zone} stands twice, first at ${formatPosition(same.token.at)}`));
        } else if (listener.host === '' ? bound.has(zone) : unbound !== undefined) {
          const other = (listener.host === '' ? bound.get(zone) : unbound) as ServerKey;
          problems.push(
            corefileError(
              key.token.at,
              `${zone} is here and at ${formatPosition(other.token.at)}, and only one of them has bind`,
              'Give both a bind, or none.',
            ),
          );
        }
        taken.set(name, key);
        if (listener.host !== '') bound.set(zone, key);
      }
    }
  }
  return problems;
}
