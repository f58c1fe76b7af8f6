import type { Socket } from 'node:net';

import { addressOctets } from './client-address.ts';
import type { ResolvedStreamLimits } from './stream-limits.ts';

/** Why a connection was refused, or closed for a new one. */
export type ConnectionDropReason = 'too_many_connections' | 'too_many_connections_of_client' | 'closed_for_another';

type Limits = Pick<ResolvedStreamLimits, 'maxConnections' | 'maxConnectionsPerClient'>;

/** What tells one connection of a server from the others; a TLS or HTTP/2 socket has that of the raw one below it. */
type Peer = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

/** Connections that are counted together. Sets keep the order in which they were added to, so the first has been idle longest. */
class Group {
  count = 0;
  readonly idle = new Set<ConnectionPlace>();
}

/** The place of one connection in a {@link ConnectionTable}; idle at first, and free again when the connection closes. */
export class ConnectionPlace {
  readonly socket: Socket;
  private readonly groups: readonly Group[];
  private inWork = 0;
  private isFree = false;

  constructor(socket: Socket, groups: readonly Group[]) {
    this.socket = socket;
    this.groups = groups;
    for (const group of groups) {
      group.count++;
      group.idle.add(this);
    }
    socket.once('close', () => this.free());
  }

  /** A query is in work, or an answer on its way: until {@link end} was called as often, the connection is not closed for another. */
  begin(): void {
    if (this.inWork++ === 0) for (const { idle } of this.groups) idle.delete(this);
  }

  /** The work is done; from now on the connection is idle, unless there is other work. */
  end(): void {
    if (--this.inWork === 0 && !this.isFree) for (const { idle } of this.groups) idle.add(this);
  }

  /** Gives the place to others before the connection has closed. */
  free(): void {
    if (this.isFree) return;
    this.isFree = true;
    for (const group of this.groups) {
      group.count--;
      group.idle.delete(this);
    }
  }
}

/**
 * The connections of a server, in all and by client. One too many takes the place of that which has been idle longest, or of that of
 * the same client where it has too many, so that connections which ask nothing keep nobody out (RFC 9210 4.2). When none is idle the
 * new one is refused. A client is an IPv4 address, or the first 64 bits of an IPv6 address: one host has all of those.
 */
export class ConnectionTable {
  private readonly limits: Limits;
  private readonly dropped: (reason: ConnectionDropReason) => void;
  private readonly all = new Group();
  private readonly clients = new Map<string, Group>();
  private readonly places = new Map<string, ConnectionPlace>();

  /** `dropped` is told of each connection that is closed here. */
  constructor(limits: Limits, dropped: (reason: ConnectionDropReason) => void) {
    this.limits = limits;
    this.dropped = dropped;
  }

  /** Gives a new connection a place; `undefined`, and the connection is closed, when there is none. */
  admit(socket: Socket): ConnectionPlace | undefined {
    const client = clientOf(socket.remoteAddress ?? '');
    const ofClient = this.clients.get(client) ?? new Group();
    if (ofClient.count >= this.limits.maxConnectionsPerClient) {
      if (!this.closeLongestIdle(ofClient)) return this.refuse(socket, 'too_many_connections_of_client');
    } else if (this.all.count >= this.limits.maxConnections && !this.closeLongestIdle(this.all)) {
      return this.refuse(socket, 'too_many_connections');
    }
    const place = new ConnectionPlace(socket, [this.all, ofClient]);
    const key = keyOf(socket);
    this.clients.set(client, ofClient);
    this.places.set(key, place);
    socket.once('close', () => {
      if (this.places.get(key) === place) this.places.delete(key);
      if (ofClient.count === 0 && this.clients.get(client) === ofClient) this.clients.delete(client);
    });
    return place;
  }

  /** The place of the connection that a socket belongs to. */
  find(peer: Peer): ConnectionPlace | undefined {
    return this.places.get(keyOf(peer));
  }

  private closeLongestIdle({ idle }: Group): boolean {
    const [place] = idle;
    if (place === undefined) return false;
    // The socket closes in a later turn.
    place.free();
    place.socket.destroy();
    this.dropped('closed_for_another');
    return true;
  }

  private refuse(socket: Socket, reason: ConnectionDropReason): undefined {
    this.dropped(reason);
    socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Peer): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localAddress ?? ''}`;
}

function clientOf(address: string): string {
  const octets = addressOctets(address);
  return octets.length === 4 ? address : Buffer.from(octets.subarray(0, 8)).toString('hex');
}
