import type { Responder } from '../respond/responder.ts';
import type { ListenerCounters } from '../metrics/listener-counters.ts';
import type { ListenAddress } from './listen-address.ts';

/** What every transport needs. */
export interface TransportOptions {
  readonly address: ListenAddress;
  readonly responder: Responder;
  readonly counters: ListenerCounters;
}

/** A socket that answers. */
export interface Transport {
  /** Where it really listens; its port is never 0. */
  readonly address: ListenAddress;
  /** Stops listening and closes every connection; resolves when nothing is open any more. */
  close(): Promise<void>;
}
