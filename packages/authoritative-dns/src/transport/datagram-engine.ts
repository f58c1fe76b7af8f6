import type { Client } from '../chain/request.ts';
import type { WriteAnswer } from '../respond/pipeline.ts';
import type { ListenAddress } from './listen-address.ts';
import type { Transport } from './transport.ts';

/** Why an engine drops a datagram. */
export type DatagramDropReason = 'overloaded' | 'send_failed' | 'source_port_zero';

/** What an engine calls. */
export interface DatagramEngineOptions {
  readonly address: ListenAddress;
  readonly reusePort: boolean;
  /**
   * Writes the answer to a datagram into `out` (1232 octets) and returns its length, 0 = none. A promise gives what writes it later:
   * the engine calls that when it has room, and sends the answer from the address that was asked. Never throws, never rejects.
   * The octets of `packet` and `out` belong to the engine again after the call.
   */
  answer(packet: Uint8Array, client: Client, out: Uint8Array): number | Promise<WriteAnswer>;
  /** Told of each datagram that gets no answer because of the engine. */
  dropped(reason: DatagramDropReason): void;
}

/** Opens a UDP socket and answers what comes in. Throws SM_LISTEN_FAILED when it cannot listen. */
export type DatagramEngine = (options: DatagramEngineOptions) => Promise<Transport>;
