import { type CorefileError, corefileError, formatPosition } from '../corefile/corefile-error.ts';
import { formatServerKey, type ServerKey } from '../corefile/server-key.ts';
import type { ConfiguredBlock } from './corefile-version.ts';
import { formatListenerKey, listenersOf } from './listener-key.ts';

/** Tells what is wrong with blocks that are each right: the same zone twice at one listener, or bound and unbound on one port. */
export function findOverlaps(blocks: readonly Pick<ConfiguredBlock, 'keys' | 'listen'>[], tell: (mistake: CorefileError) => void): void {
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
          tell(
            corefileError(
              key.token.at,
              `${zone} stands twice, first at ${formatPosition(same.token.at)}`,
              'Make one block of both, or give one of them another port or bind.',
            ),
          );
        } else if (listener.host === '' ? bound.has(zone) : unbound !== undefined) {
          const other = (listener.host === '' ? bound.get(zone) : unbound) as ServerKey;
          tell(
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
}

/** Tells blocks that share an encrypted listener and differ in its certificates, as CoreDNS does: only one of them could be shown. */
export function findTlsConflicts(
  blocks: readonly Pick<ConfiguredBlock, 'keys' | 'listen' | 'parts'>[],
  tell: (mistake: CorefileError) => void,
): void {
  const first = new Map<string, { readonly key: ServerKey; readonly tls: string }>();
  for (const { keys, listen, parts } of blocks) {
    if (parts.has('tls') && listen.tls === undefined) continue; // wrong by itself, which has been told
    const tls = listen.tls === undefined ? '' : JSON.stringify([listen.tls.material.current, listen.tls.clientAuth]);
    for (const key of keys) {
      if (key.scheme === 'dns') continue;
      for (const listener of listenersOf(key, listen)) {
        const name = formatListenerKey(listener);
        const other = first.get(name) ?? { key, tls };
        first.set(name, other);
        if (other.tls === tls) continue;
        const problem = `${key.token.text} shares the sockets of ${name} with ${other.key.token.text} (${formatPosition(other.key.token.at)}), and their tls differs`;
        tell(corefileError(key.token.at, problem, 'Give both blocks the same tls line, or one of them another port or bind.'));
      }
    }
  }
}
