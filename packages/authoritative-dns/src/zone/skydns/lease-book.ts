/** When leases end, as far as is known. */
export interface LeaseTimes {
  /** Seconds that a lease has left; `undefined` = not known yet. */
  remainingSeconds(lease: string): number | undefined;
}

/** How leases limit TTLs. */
export interface LeaseTtlLimits {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

/** CoreDNS's defaults. */
export const defaultLeaseTtlLimits: LeaseTtlLimits = { minSeconds: 30, maxSeconds: 86_400 };

/** The TTL that a lease allows: what it has left within the limits, the least while that is not known. */
export function leaseTtlSeconds(times: LeaseTimes | undefined, lease: string, { minSeconds, maxSeconds }: LeaseTtlLimits): number {
  const left = times?.remainingSeconds(lease) ?? 0;
  return Math.min(Math.max(Math.floor(left), minSeconds), maxSeconds);
}
