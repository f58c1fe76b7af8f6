declare const arenaBrand: unique symbol;
declare const serverBrand: unique symbol;

/** An arena of the addon; opaque. */
export interface NativeArena {
  readonly [arenaBrand]: true;
}

/** Sockets of the addon with their threads; opaque. */
export interface NativeUdpServer {
  readonly [serverBrand]: true;
}

/** The functions of the addon, as `native/*-binding.c` has them. Everything throws TypeErrors for arguments of a wrong type. */
export interface NativeBinding {
  arenaOpen(reserveOctets: number, zones: number): NativeArena;
  /** Throws what is wrong with the batch; nothing of it was applied then. */
  arenaApply(arena: NativeArena, batch: Uint8Array, length: number, publish: boolean): void;
  /**
   * Returns the answer's length; 0 = for JavaScript, -1 = no answer. `numbers`: room for zone, type and response code, then the client:
   * octets of its address or 0, seconds since 1970 or 0 for the system's clock, 16 octets of address.
   */
  arenaAnswer(arena: NativeArena, query: Uint8Array, out: Uint8Array, stream: boolean, numbers: Uint32Array): number;
  /** `out`: names, octets reserved, octets used, octets free, octets of the tables, publications. */
  arenaStats(arena: NativeArena, out: Float64Array): void;
  /** Adds to `out`; see `AnswerCounts`. */
  arenaCounters(arena: NativeArena, out: Float64Array, first: number, zones: number): void;
  /** `numbers`: port, scope, flags, sockets, zones, octets of waiting questions, octets of socket buffers. The first becomes the port. */
  udpOpen(arena: NativeArena | undefined, host: Uint8Array, numbers: Float64Array, onQuestions: () => void): NativeUdpServer;
  /** Moves all waiting questions to `out` and returns their octets. */
  udpTake(server: NativeUdpServer, out: Uint8Array): number;
  udpSend(server: NativeUdpServer, datagrams: Uint8Array, length: number): void;
  /** Adds to `out`; see `AnswerCounts`. */
  udpCounters(server: NativeUdpServer, out: Float64Array, first: number, zones: number): void;
  udpStop(server: NativeUdpServer): void;
  udpClose(server: NativeUdpServer): void;
  memoryTrim(): void;
}
