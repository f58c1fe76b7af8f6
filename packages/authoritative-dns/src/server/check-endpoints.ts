import type { HttpEndpoint } from '../chain/setup.ts';
import { type CorefileError, corefileError, formatPosition } from '../corefile/corefile-error.ts';
import { formatHostPort } from '../corefile/arguments/read-host-port.ts';
import { formatServerKey, type ServerKey } from '../corefile/server-key.ts';
import type { ConfiguredBlock } from './corefile-version.ts';
import { listenersOf } from './listener-key.ts';

/**
 * Tells which HTTP endpoints (health, ready, prometheus) exclude each other or the blocks' own sockets. Endpoints of the same address
 * share it, unless only one of them is encrypted.
 */
export function findEndpointClashes(
  blocks: readonly Pick<ConfiguredBlock, 'keys' | 'listen' | 'parts'>[],
  tell: (mistake: CorefileError) => void,
): void {
  const before = new Map<string, { readonly name: string; readonly endpoint: HttpEndpoint }>();
  for (const { parts } of blocks) {
    for (const [name, { endpoint }] of parts) {
      if (endpoint === undefined || Number(endpoint.address.port) === 0) continue;
      const { address, at } = endpoint;
      const where = formatHostPort(address);
      const same = before.get(where);
      const rival = same ?? [...before.values()].find((other) => exclude(other.endpoint.address, address));
      if (rival !== undefined && (same === undefined || same.endpoint.isEncrypted !== endpoint.isEncrypted)) {
        const problem = `${name} cannot have ${where}: ${rival.name} (${formatPosition(rival.endpoint.at)}) has ${formatHostPort(rival.endpoint.address)}`;
        const way = same === undefined ? '' : ', with TLS at only one of them';
        tell(corefileError(at, `${problem}${way}`, 'Give one of them another port, or both the very same address and TLS settings.'));
      }
      const server = serverAt(blocks, address);
      if (server !== undefined) {
        const problem = `${name} cannot have ${where}: the server block ${formatServerKey(server)} (${formatPosition(server.token.at)}) listens there`;
        tell(corefileError(at, problem, 'Give it another port.'));
      }
      if (same === undefined) before.set(where, { name, endpoint });
    }
  }
}

/** True for addresses that the system does not open both: the same port, and one host contains the other. */
function exclude(one: HttpEndpoint['address'], other: HttpEndpoint['address']): boolean {
  if (Number(one.port) !== Number(other.port)) return false;
  const [first, second] = [hostOf(one.host), hostOf(other.host)];
  return first === second || contains(first, second) || contains(second, first);
}

function serverAt(blocks: readonly Pick<ConfiguredBlock, 'keys' | 'listen'>[], address: HttpEndpoint['address']): ServerKey | undefined {
  for (const { keys, listen } of blocks) {
    for (const key of keys) {
      const listeners = listenersOf(key, listen);
      if (listeners.some(({ host, port }) => exclude({ host, port: String(port) }, address))) return key;
    }
  }
  return undefined;
}

function hostOf(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host === '::' ? '' : host.toLowerCase();
}

/** `''` is every address, `0.0.0.0` every one of IPv4. */
function contains(outer: string, inner: string): boolean {
  return outer === '' || (outer === '0.0.0.0' && /^[0-9.]+$/.test(inner));
}
