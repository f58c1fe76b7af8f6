import type { Socket } from 'node:net';

import type { ResolvedStreamLimits } from './stream-limits.ts';

/** Counts connections, in all and per client address, and refuses those above the limits. */
export class ConnectionTable {
  private readonly limits: Pick<ResolvedStreamLimits, 'maxConnections' | 'maxConnectionsPerClient'>;
  private readonly perClient = new Map<string, number>();
  private count = 0;

  constructor(limits: Pick<ResolvedStreamLimits, 'maxConnections' | 'maxConnectionsPerClient'>) {
    this.limits = limits;
  }

  /** Takes a new connection, and forgets it when it closes; false when it is one too many. */
  admit(socket: Socket): boolean {
    const client = socket.remoteAddress ?? '';
    const ofClient = this.perClient.get(client) ?? 0;
    if (this.count >= this.limits.maxConnections || ofClient >= this.limits.maxConnectionsPerClient) return false;
    this.count++;
    this.perClient.set(client, ofClient + 1);
    socket.once('close', () => {
      this.count--;
      const left = (this.perClient.get(client) as number) - 1;
      if (left === 0) this.perClient.delete(client);
      else this.perClient.set(client, left);
    });
    return true;
  }
}
