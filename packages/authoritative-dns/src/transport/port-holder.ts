import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Who has a local port open, as far as /proc tells: `systemd-resolved (process 512)`. Undefined when nobody has, on other
 * systems than Linux, and when the holder belongs to another user or namespace. For messages only: what it sees may have changed.
 */
export function findPortHolder(protocol: 'udp' | 'tcp', port: number): string | undefined {
  const sockets = new Set<string>();
  for (const table of [protocol, `${protocol}6`]) {
    for (const line of linesOf(`/proc/net/${table}`).slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', , state] = fields;
      const isListening = protocol === 'udp' || state === '0A';
      if (isListening && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port) sockets.add(`socket:[${fields[9]}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const process of namesIn('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    for (const descriptor of namesIn(`/proc/${process}/fd`)) {
      if (sockets.has(linkOf(`/proc/${process}/fd/${descriptor}`))) {
        return `${linesOf(`/proc/${process}/comm`)[0] ?? 'a process'} (process ${process})`;
      }
    }
  }
  return undefined;
}

/** Processes come and go while /proc is read: what is gone counts as empty. */
function orElse<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

const linesOf = (path: string): string[] => orElse(() => readFileSync(path, 'utf8').split('\n'), []);
const namesIn = (path: string): string[] => orElse(() => readdirSync(path), []);
const linkOf = (path: string): string => orElse(() => readlinkSync(path), '');
