/**
 * Proof that this process may write. While `signal` is not aborted the lease is certainly held: it aborts `renewDeadline` after the
 * last confirmed renewal by the monotonic clock, which is before anybody else can take the lease, so a write that carries the
 * signal can never race with the next leader's.
 */
export interface Leadership {
  /** Grows with each change of leader (the Lease's leaseTransitions); what fences writes to other stores. */
  readonly token: number;
  readonly signal: AbortSignal;
}

/** Calls `lead` for each term of leadership; see createLeaderElection and alwaysLeader. */
export interface LeaderElection {
  /**
   * Takes part until `signal` aborts. `lead` runs for as long as the leadership holds; when its promise resolves early the lease is
   * kept. On a graceful end the lease is released, so that the next leader starts at once.
   */
  run(lead: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void>;
  readonly isLeader: boolean;
}
